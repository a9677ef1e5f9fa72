#include "operator/decide/rolling_update.h"

#include <algorithm>
#include <limits>

namespace tidewright::decide {
namespace {

int32_t saturate(int64_t value) {
  return static_cast<int32_t>(std::clamp<int64_t>(value, 0, std::numeric_limits<int32_t>::max()));
}

}  // namespace

Limits resolveLimits(api::IntOrPercent maxSurge, api::IntOrPercent maxUnavailable, int32_t desired) {
  const auto share = [desired](api::IntOrPercent limit, int64_t roundUp) -> int64_t {
    return limit.percent ? (int64_t{limit.value} * desired + roundUp) / 100 : limit.value;
  };
  const int64_t surge = share(maxSurge, 99);
  int64_t unavailable = share(maxUnavailable, 0);
  if (surge == 0 && unavailable == 0) unavailable = 1;
  return {saturate(surge), saturate(std::min<int64_t>(unavailable, desired))};
}

int32_t newReplicas(int32_t current, int64_t others, int32_t desired, Limits limits) {
  if (current > desired) return desired;
  const int64_t room = int64_t{desired} + limits.surge - others - current;
  return saturate(current + std::max<int64_t>(0, std::min<int64_t>(room, desired - current)));
}

RollingTick rollingTick(std::span<const ReplicaSetSize> old, ReplicaSetSize updated, int32_t desired, Limits limits) {
  RollingTick tick{.newReplicas = updated.replicas};
  int64_t oldSum = 0;
  int64_t available = std::min(updated.available, updated.replicas);
  for (const ReplicaSetSize& set : old) {
    tick.oldReplicas.push_back(set.replicas);
    oldSum += set.replicas;
    // Pods above the size are already condemned: counting them would allow their successors to be removed as well.
    available += std::min(set.available, set.replicas);
  }

  tick.newReplicas = newReplicas(updated.replicas, oldSum, desired, limits);
  if (tick.newReplicas != updated.replicas) {
    tick.changed = RollingTick::Changed::New;
    return tick;
  }

  const int64_t floor = int64_t{desired} - limits.unavailable;
  const int64_t newMissing = updated.replicas - std::min(updated.available, updated.replicas);
  int64_t down = oldSum + updated.replicas - floor - newMissing;
  if (down <= 0) return tick;

  const auto remove = [&tick](size_t i, int64_t pods) {
    if (pods <= 0) return;
    tick.oldReplicas[i] -= saturate(pods);
    tick.changed = RollingTick::Changed::Old;
  };
  // Unhealthy pods first: they serve nobody, so removing them costs no availability.
  for (size_t i = 0; i < old.size(); ++i) {
    const int64_t pods = std::clamp<int64_t>(old[i].replicas - old[i].available, 0, down);
    remove(i, pods);
    down -= pods;
  }
  int64_t budget = available - floor;
  for (size_t i = 0; i < old.size(); ++i) {
    const int64_t pods = std::clamp<int64_t>(budget, 0, tick.oldReplicas[i]);
    remove(i, pods);
    budget -= pods;
  }
  return tick;
}

}  // namespace tidewright::decide
