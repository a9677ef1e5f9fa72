#include "operator/decide/health.h"

#include <algorithm>

#include <fmt/format.h>

#include "operator/decide/pod_template.h"

namespace tidewright::decide {
namespace {

using api::ConditionStatus;
using api::Phase;

Phase phaseOf(const api::ScaledApp& app, const WorkloadHealth& workload) {
  const RolloutDecision& rollout = *workload.rollout;
  if (rollout.rolledBack) return Phase::RolledBack;
  if (app.spec.paused) return Phase::Paused;
  // At 0 pods a canary's step may wait, and yet nothing is missing.
  if (rollout.status.rollout.pausedAt && !rollout.complete) return Phase::Paused;
  if (rollout.progressing.status == ConditionStatus::False) return Phase::Degraded;
  if (workload.desired == 0) return rollout.complete ? Phase::Suspended : Phase::Progressing;
  if (rollout.complete) return Phase::Healthy;
  // Once a revision had been the whole app, pods that are missing are a loss and no longer a beginning.
  const bool wasWhole =
      !rollout.status.stableRevision.empty() && rollout.status.stableRevision == rollout.status.currentRevision;
  return wasWhole && rollout.available.status == ConditionStatus::False ? Phase::Degraded : Phase::Progressing;
}

/// The later in this list, the more a person has to know it.
int severity(Phase phase) {
  switch (phase) {
    case Phase::Suspended: return 0;
    case Phase::Healthy: return 1;
    case Phase::Progressing: return 2;
    case Phase::Paused: return 3;
    case Phase::RolledBack: return 4;
    case Phase::Degraded: return 5;
    case Phase::Invalid: return 6;
  }
  return 6;
}

std::string messageOf(Phase phase, const WorkloadHealth& workload) {
  const RolloutDecision& rollout = *workload.rollout;
  const std::string where = workload.shard.empty() ? "" : fmt::format("shard {}: ", workload.shard);
  switch (phase) {
    case Phase::Healthy:
      return fmt::format("{}{} pods of revision {} serve", where, workload.desired, rollout.status.currentRevision);
    case Phase::Suspended: return where + "scaled to zero";
    case Phase::Degraded:
      if (rollout.progressing.status != ConditionStatus::False) return where + rollout.available.message;
      return where + rollout.progressing.message;
    default: return where + rollout.progressing.message;
  }
}

const ConditionValue& worse(const ConditionValue& a, const ConditionValue& b) {
  const auto rank = [](ConditionStatus status) {
    return status == ConditionStatus::False ? 2 : status == ConditionStatus::Unknown ? 1 : 0;
  };
  return rank(b.status) > rank(a.status) ? b : a;
}

ConditionValue zeroDowntime(const api::ScaledApp& app) {
  if (hasReadinessProbe(app.spec.podTemplate)) {
    return {"ZeroDowntime", ConditionStatus::True, "ReadinessProbe", "a new pod serves once it says that it is ready"};
  }
  return {"ZeroDowntime", ConditionStatus::False, "NoReadinessProbe",
          "no container has a readinessProbe, so a new pod gets requests before it can answer; add one"};
}

}  // namespace

Health healthOf(const api::ScaledApp& app, const std::vector<WorkloadHealth>& workloads) {
  Health health;
  if (workloads.empty()) return health;
  const WorkloadHealth* worst = nullptr;
  ConditionValue progressing = workloads.front().rollout->progressing;
  ConditionValue available = workloads.front().rollout->available;
  for (const WorkloadHealth& workload : workloads) {
    const Phase phase = phaseOf(app, workload);
    if (worst == nullptr || severity(phase) > severity(health.phase)) {
      worst = &workload;
      health.phase = phase;
    }
    progressing = worse(progressing, workload.rollout->progressing);
    available = worse(available, workload.rollout->available);
  }
  health.message = messageOf(health.phase, *worst);
  const bool complete = std::ranges::all_of(workloads, [](const WorkloadHealth& w) { return w.rollout->complete; });
  health.conditions = {{"Ready", complete ? ConditionStatus::True : ConditionStatus::False,
                        std::string(api::toString(health.phase)), health.message},
                       progressing,
                       available};
  if (app.spec.podTemplate.is_object()) health.conditions.push_back(zeroDowntime(app));
  return health;
}

Health invalidHealth(const std::string& reason, const std::string& message) {
  return {.phase = Phase::Invalid,
          .message = message,
          .conditions = {{"Valid", ConditionStatus::False, reason, message},
                         {"Ready", ConditionStatus::False, "Invalid", message}}};
}

}  // namespace tidewright::decide
