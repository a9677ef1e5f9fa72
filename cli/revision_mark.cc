#include "cli/revision_mark.h"

namespace tidewright::cli {

std::string roleOf(const WorkloadView& workload, const RevisionView& revision, api::RolloutStrategy strategy) {
  if (!revision.set.record.failed.empty()) return "failed";
  if (revision.set.revision == workload.status.stableRevision) return "stable";
  if (revision.set.revision != workload.status.currentRevision) return "old";
  // With nothing stable beside it there is nothing to be a canary of.
  if (workload.status.stableRevision.empty()) return "new";
  switch (strategy) {
    case api::RolloutStrategy::Canary: return "canary";
    case api::RolloutStrategy::BlueGreen: return "preview";
    case api::RolloutStrategy::RollingUpdate:
    case api::RolloutStrategy::Recreate: return "new";
  }
  return "new";
}

std::string marksOf(const WorkloadView& workload, const RevisionView& revision) {
  std::string marks;
  const auto add = [&marks](const std::string& mark) { marks += (marks.empty() ? "" : ", ") + mark; };
  if (revision.set.revision == workload.status.stableRevision) add("stable");
  if (revision.set.revision == workload.status.currentRevision) add("current");
  if (!revision.set.record.failed.empty()) add("failed: " + revision.set.record.failed);
  return marks;
}

}  // namespace tidewright::cli
