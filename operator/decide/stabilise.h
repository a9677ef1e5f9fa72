#pragma once

#include <cstdint>
#include <span>

#include "operator/api/autoscaling_status.h"
#include "operator/api/behavior.h"
#include "operator/clock.h"
#include "operator/decide/outcome.h"

namespace tidewright::decide {

/// Keeps the count still while the metrics waver: `current` moves only as far as all recent proposals agree.
/// Counts are pods, >= 0. A window of 0 s remembers nothing; exactly as old as the window is too old. `recent` may be
/// in any order. Every input has an answer; nothing fails. Pure: any thread. Source: spec/autoscaling.md 4.2.
[[nodiscard]] Outcome stabilise(int32_t proposal, int32_t current, std::span<const api::Recommendation> recent,
                                const api::Behavior& behavior, WallTime now);

}  // namespace tidewright::decide
