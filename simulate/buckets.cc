#include "simulate/buckets.h"

#include <algorithm>

namespace tidewright::simulate {

std::vector<Bucket> bucketsOf(const Run& run, std::size_t count) {
  std::vector<Bucket> buckets;
  if (run.ticks.empty()) return buckets;
  const std::size_t width = (run.ticks.size() + count - 1) / count;
  for (std::size_t i = 0; i < run.ticks.size(); ++i) {
    const Tick& tick = run.ticks[i];
    if (i % width == 0) buckets.push_back({.from = tick.at, .fewest = tick.desired, .most = tick.desired});
    Bucket& bucket = buckets.back();
    bucket.fewest = std::min(bucket.fewest, tick.desired);
    bucket.most = std::max(bucket.most, tick.desired);
    if (!tick.needed) continue;
    bucket.needed = std::max(bucket.needed.value_or(0), *tick.needed);
    bucket.underCapacity = bucket.underCapacity || *tick.needed > tick.ready;
  }
  return buckets;
}

}  // namespace tidewright::simulate
