#include "cli/pod_state.h"

#include <fmt/format.h>

namespace tidewright::cli {

PodState stateOf(const kube::Pod& pod) {
  if (pod.meta.deletionTimestamp) return {"Stopping", {}};
  for (const kube::ContainerTrouble& trouble : pod.troubles) {
    if (trouble.waitingReason.empty() || trouble.waitingReason == "ContainerCreating" ||
        trouble.waitingReason == "PodInitializing") {
      continue;
    }
    std::string detail = trouble.waitingMessage.empty()
                             ? std::string()
                             : fmt::format("container {}: {}", trouble.name, trouble.waitingMessage);
    return {trouble.waitingReason, std::move(detail)};
  }
  if (!pod.unschedulable.empty()) return {"Unschedulable", pod.unschedulable};
  switch (pod.phase) {
    case kube::PodPhase::Failed: return {pod.reason.empty() ? "Failed" : pod.reason, {}};
    case kube::PodPhase::Succeeded: return {"Completed", {}};
    case kube::PodPhase::Running: return {pod.ready ? "Ready" : "Starting", {}};
    case kube::PodPhase::Pending: return {pod.nodeName.empty() ? "Pending" : "Starting", {}};
    case kube::PodPhase::Unknown: return {"Unknown", {}};
  }
  return {"Unknown", {}};
}

}  // namespace tidewright::cli
