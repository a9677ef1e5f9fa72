#include "cli/count_reason.h"

#include <algorithm>

namespace tidewright::cli {

std::string countReason(const AppView& view, const WorkloadView& workload) {
  if (!view.app.spec.autoscaling) {
    const api::Condition* scaling = api::findCondition(view.status.conditions, "ScalingActive");
    // What the autoscaler left behind stays until somebody writes another count.
    return scaling != nullptr && scaling->reason == "Removed" ? scaling->message : "spec.replicas";
  }
  if (!workload.autoscaling.lastDecision) return "autoscaling, which has not decided yet";
  const api::LastDecision& decision = *workload.autoscaling.lastDecision;
  if (!decision.steps.empty()) return "autoscaling: " + decision.steps.back().why;
  const auto most = std::ranges::max_element(
      decision.metrics, {}, [](const api::MetricTrace& metric) { return metric.proposal.value_or(-1); });
  if (most == decision.metrics.end()) return "autoscaling";
  return "autoscaling: " + most->name + " is " + most->why;
}

}  // namespace tidewright::cli
