#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operator/api/autoscaling.h"
#include "operator/api/autoscaling_status.h"
#include "operator/api/sample.h"
#include "operator/clock.h"

namespace tidewright::decide {

/// What a decision is made from, beside the policy.
struct Observed {
  /// The pods the app is meant to have now: the last decision. Surge and canary pods never count.
  int32_t current = 0;
  int32_t readyPods = 0;             ///< of all revisions
  std::vector<api::Sample> samples;  ///< one for each of the policy's metrics, in their order
  api::Sample panicSample = api::Unknown{"there is no panic query"};
  api::ScalingHistory history;
};

struct Decision {
  int32_t replicas = 0;  ///< to be in force; `current` in DryRun and Paused
  int32_t decided = 0;   ///< what the rules say, whatever the mode
  bool metricsAvailable = true;
  api::ScalingHistory history;  ///< to be kept in memory; a change of the count is added by `recordChange`
  api::LastDecision trace;
};

/// How many pods, and why. Every input has an answer; nothing fails. `now` counts in whole seconds.
/// Pure: any thread. Source: spec/autoscaling.md 2-6.
[[nodiscard]] Decision scale(const api::Autoscaling& policy, const Observed& seen, WallTime now);

/// Takes a decision that is carried out into what the next one is made from: the history, with the change of the count
/// as a scale event if there is one, the count and the trace. The operator and a simulation both remember by this.
void remember(const Decision& decision, const api::Behavior& behavior, api::AutoscalingStatus& memory);

}  // namespace tidewright::decide
