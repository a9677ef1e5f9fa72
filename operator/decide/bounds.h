#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "operator/api/autoscaling.h"
#include "operator/clock.h"
#include "operator/decide/outcome.h"

namespace tidewright::decide {

/// Between what the count must lie now. 0 <= min <= max.
struct Bounds {
  int32_t min = 1;
  int32_t max = 1;
  std::string why;  ///< who set them: "minReplicas 2, maxReplicas 20" or the schedules' names

  [[nodiscard]] bool contain(int32_t replicas) const { return min <= replicas && replicas <= max; }
};

/// The policy's own bounds, or those of the schedules that are active: the highest floor, the highest ceiling. Should
/// one schedule's floor pass another's ceiling, the ceiling holds.
/// Pure but for the tz database, which the schedules hold: any thread. Source: spec/autoscaling.md 3.
[[nodiscard]] Bounds boundsInForce(const api::Autoscaling& policy, WallTime now);

/// A count outside of the bounds, moved to the nearer one.
[[nodiscard]] Outcome nearest(const Bounds& bounds, int32_t current);

}  // namespace tidewright::decide
