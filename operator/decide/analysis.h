#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/api/rollout_spec.h"
#include "operator/api/scaled_app_status.h"
#include "operator/decide/measurement.h"
#include "operator/decide/rollout.h"

namespace tidewright::decide {

/// One workload's analysis before its rollout is decided.
struct AnalysisInput {
  const api::RolloutSpec& spec;
  const api::WorkloadStatus& status;        ///< as stored
  std::string target;                       ///< hash of the revision that the user asks for
  bool paused = false;                      ///< `spec.paused`
  std::map<std::string, Observation> seen;  ///< the latest of each metric that was asked, by its name
};

/// What `decideRollout` is to be told, and what the status is to remember.
struct Analysis {
  std::optional<Verdict> background;  ///< none: nothing is to be measured beside the rollout
  std::optional<Verdict> step;        ///< none: the step that is being taken is no analysis
  std::vector<api::MetricAnalysis> metrics;
  std::vector<RolloutEvent> events;  ///< a metric that became Inconclusive, or is known again
};

/// Judges the new revision by what was measured. A metric that an analysis step names is measured in that step; any
/// other beside the rollout from `startAtStep` on. Nothing is judged while no rollout to `target` is under way: it was
/// undone or is done, `promote-full` skips the rest, there is no stable revision to go back to, or `spec.paused`. Of a
/// rollout that the status does not know, or not any more, the answer is NotYet: nothing was measured.
/// Pure: any thread. Source: spec/rollout.md, "Analysis".
[[nodiscard]] Analysis analyse(const AnalysisInput& in, WallTime now);

/// A metric that is to be measured.
struct DueMeasurement {
  const api::AnalysisMetric* metric = nullptr;  ///< in the spec
  WallTime at;
};

/// After the rollout is decided: begins in `status` what its step begins, and tells what is to be measured when.
/// `served` is whether a pod of the new revision is available: before that there is nothing to measure.
[[nodiscard]] std::vector<DueMeasurement> beginAnalysis(const api::RolloutSpec& spec, api::WorkloadStatus& status,
                                                        bool paused, bool served, WallTime now);

}  // namespace tidewright::decide
