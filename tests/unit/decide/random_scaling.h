#pragma once

#include <cstdint>

#include "operator/api/autoscaling.h"
#include "operator/clock.h"
#include "operator/decide/autoscale.h"

// RapidCheck's draws of what an autoscaler may meet; to be called within a property.
namespace tidewright::decide {

/// Whether this case is one of `in`.
[[nodiscard]] bool oneOf(int in);

/// Every field may take any of its kinds of value; without `mayFallBack` no metric has a fallback, so that nothing
/// unknown ever proposes. Schedules turn within minutes of `t0`, or not at all.
[[nodiscard]] api::Autoscaling anyPolicy(bool mayFallBack);

/// Draws the samples of one tick, of ten `unknownInTen` unknown: often near what the current count should carry, where
/// the rules are decided, seldom huge or negative.
void readSamples(Observed& seen, const api::Autoscaling& policy, int unknownInTen);

/// Any number of ready pods, mostly all of them.
[[nodiscard]] int32_t anyReady(int32_t current);

/// The count and what is remembered after some random ticks from a random count within the bounds.
[[nodiscard]] Observed anyPast(const api::Autoscaling& policy, WallTime& now, int unknownInTen);

}  // namespace tidewright::decide
