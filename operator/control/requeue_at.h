#pragma once

#include <algorithm>
#include <optional>

#include "operator/clock.h"
#include "operator/kube/controller.h"

namespace tidewright::control {

/// How soon the first list of a cache may be there that nobody needed before.
inline constexpr std::chrono::seconds kListSoon{1};

/// When to ask for what was refused once more, and how often to put right what somebody else keeps changing.
inline constexpr std::chrono::nanoseconds kAskAgain = std::chrono::minutes(1);

/// Never sooner than in 50 ms, so that a time which has passed makes no hot loop; none: only when something changes.
[[nodiscard]] inline kube::Requeue requeueAt(std::optional<WallTime> at, WallTime now) {
  if (!at) return {};
  return {std::max<std::chrono::nanoseconds>(*at - now, std::chrono::milliseconds(50))};
}

}  // namespace tidewright::control
