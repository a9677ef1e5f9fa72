#include "operator/decide/canary_tick.h"

#include <algorithm>

namespace tidewright::decide {
namespace {

/// The two sides while pods move from one to the other.
struct Side {
  int64_t replicas = 0;
  int64_t available = 0;
  int64_t target = 0;
};

void grow(Side& side, int64_t& room) {
  const int64_t pods = std::clamp<int64_t>(side.target - side.replicas, 0, std::max<int64_t>(0, room));
  side.replicas += pods;
  room -= pods;
}

}  // namespace

CanaryCounts canaryTick(ReplicaSetSize canaryNow, ReplicaSetSize stableNow, int64_t olderReplicas, CanaryCounts target,
                        int32_t desired, Limits limits) {
  Side canary{canaryNow.replicas, canaryNow.available, target.canary};
  Side stable{stableNow.replicas, stableNow.available, target.stable};
  const auto result = [&] {
    return CanaryCounts{static_cast<int32_t>(canary.replicas), static_cast<int32_t>(stable.replicas)};
  };
  const int64_t cap = int64_t{desired} + limits.surge;
  const int64_t floor = int64_t{desired} - limits.unavailable;

  int64_t room = cap - canary.replicas - stable.replicas - olderReplicas;
  grow(stable, room);
  grow(canary, room);
  if (olderReplicas > 0) return result();

  const bool canaryGives = canary.target < canary.replicas;
  Side& giver = canaryGives ? canary : stable;
  Side& taker = canaryGives ? stable : canary;
  const int64_t have = giver.replicas + std::min(taker.replicas, taker.available);
  if (have <= floor) return result();
  if (giver.replicas > giver.target) giver.replicas = std::max(giver.target, giver.replicas - (have - floor));
  taker.replicas -= std::max<int64_t>(0, giver.replicas + taker.replicas - cap);
  // The taker may have to keep pods it would give up, as long as the giver's own are not available.
  const int64_t missing = floor - std::min(giver.available, giver.replicas) - std::min(taker.available, taker.replicas);
  taker.replicas += std::min(std::max<int64_t>(0, taker.available - taker.replicas), std::max<int64_t>(0, missing));
  giver.replicas -= std::max<int64_t>(0, giver.replicas + taker.replicas - cap);
  return result();
}

}  // namespace tidewright::decide
