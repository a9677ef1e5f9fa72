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

}  // namespace tidewright::decide
