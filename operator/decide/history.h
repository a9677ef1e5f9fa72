#pragma once

#include <chrono>
#include <cstdint>

#include "operator/api/autoscaling_status.h"
#include "operator/api/behavior.h"
#include "operator/clock.h"

namespace tidewright::decide {

/// What is kept at most, so that the status of an app stays small whatever its policy.
inline constexpr std::size_t kMostRecommendations = 120;
inline constexpr std::size_t kMostScaleEvents = 60;

/// Adds a proposal at `now` and drops what can no longer matter: what is older than every window and period of
/// `behavior`, and what a later proposal outdoes both as the highest and as the lowest (so equal neighbours are one).
/// When that leaves too many, neighbours in time are merged cautiously. The newest always stays.
/// Pure: any thread. Source: spec/autoscaling.md 4, "What is remembered".
void recordProposal(api::ScalingHistory& history, int32_t proposal, const api::Behavior& behavior, WallTime now);

/// Adds a change of the count by `change` pods (not 0) and drops what no policy of either direction counts any more.
/// To be called when the change is written, and with the same `now` that it was decided at.
void recordChange(api::ScalingHistory& history, int32_t change, const api::Behavior& behavior, WallTime now);

/// What is to be remembered after a restart at `now`: nobody looked meanwhile, so the last proposal is taken to have
/// been repeated at every poll. A gap of one poll is no gap. `history` is what was stored.
[[nodiscard]] api::ScalingHistory resume(api::ScalingHistory history, std::chrono::seconds poll, WallTime now);

}  // namespace tidewright::decide
