#include "simulate/summary.h"

#include <algorithm>

namespace tidewright::simulate {

Summary summarise(const Run& run) {
  Summary sum;
  if (run.ticks.empty()) return sum;
  sum.fewest = sum.most = run.ticks.front().desired;
  int64_t podSeconds = 0;
  int32_t before = run.start;
  for (std::size_t i = 0; i < run.ticks.size(); ++i) {
    const Tick& tick = run.ticks[i];
    // The last one lasts as long as the next would take to come.
    const auto until = i + 1 < run.ticks.size() ? run.ticks[i + 1].at - tick.at : run.poll;
    const auto lasted = std::chrono::round<std::chrono::seconds>(until);
    sum.time += lasted;
    podSeconds += tick.desired * lasted.count();
    if (!tick.needed) sum.unknown += lasted;
    if (tick.needed && *tick.needed > tick.ready) sum.underCapacity += lasted;
    if (tick.desired != before) ++sum.changes;
    before = tick.desired;
    sum.fewest = std::min(sum.fewest, tick.desired);
    sum.most = std::max(sum.most, tick.desired);
  }
  sum.podHours = static_cast<double>(podSeconds) / 3600;
  return sum;
}

}  // namespace tidewright::simulate
