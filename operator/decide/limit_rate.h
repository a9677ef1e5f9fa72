#pragma once

#include <cstdint>
#include <span>

#include "operator/api/autoscaling_status.h"
#include "operator/api/behavior.h"
#include "operator/clock.h"
#include "operator/decide/bounds.h"
#include "operator/decide/outcome.h"

namespace tidewright::decide {

/// Lets the count go from `current` towards `wanted` as fast as the policies of that direction and the bounds allow.
/// An event exactly as old as a policy's period no longer counts; `events` may be in any order. Saturates.
/// Every input has an answer; nothing fails. Pure: any thread. Source: spec/autoscaling.md 4.3.
[[nodiscard]] Outcome limitRate(int32_t wanted, int32_t current, std::span<const api::ScaleEvent> events,
                                const Bounds& bounds, const api::Behavior& behavior, WallTime now);

}  // namespace tidewright::decide
