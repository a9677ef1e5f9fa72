#pragma once

#include <algorithm>
#include <optional>

#include "operator/clock.h"
#include "operator/kube/controller.h"

namespace tidewright::control {

/// Never sooner than in 50 ms, so that a time which has passed makes no hot loop; none: only when something changes.
[[nodiscard]] inline kube::Requeue requeueAt(std::optional<WallTime> at, WallTime now) {
  if (!at) return {};
  return {std::max<std::chrono::nanoseconds>(*at - now, std::chrono::milliseconds(50))};
}

}  // namespace tidewright::control
