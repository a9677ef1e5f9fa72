#include "simulate/csv.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operator/timestamp.h"

namespace tidewright::simulate {

std::string renderCsv(const Run& run) {
  std::string out =
      fmt::format("time,{}ready,desired\n", run.metrics.empty() ? "" : fmt::format("{},", fmt::join(run.metrics, ",")));
  for (const Tick& tick : run.ticks) {
    out += formatTimestamp(tick.at);
    for (const std::optional<double>& value : tick.values) out += value ? fmt::format(",{}", *value) : ",";
    out += fmt::format(",{},{}\n", tick.ready, tick.desired);
  }
  return out;
}

}  // namespace tidewright::simulate
