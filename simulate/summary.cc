#include "simulate/summary.h"

#include <algorithm>

namespace tidewright::simulate {

Summary summarise(const Run& run) {
  Summary sum;
  if (run.ticks.empty()) return sum;
  sum.fewest = sum.most = run.ticks.front().desired;
  int64_t podTicks = 0;
  int32_t before = run.start;
  for (const Tick& tick : run.ticks) {
    sum.time += run.poll;
    podTicks += tick.desired;
    if (!tick.needed) sum.unknown += run.poll;
    if (tick.needed && *tick.needed > tick.ready) sum.underCapacity += run.poll;
    if (tick.desired != before) ++sum.changes;
    before = tick.desired;
    sum.fewest = std::min(sum.fewest, tick.desired);
    sum.most = std::max(sum.most, tick.desired);
  }
  sum.podHours = static_cast<double>(podTicks) * static_cast<double>(run.poll.count()) / 3600;
  return sum;
}

}  // namespace tidewright::simulate
