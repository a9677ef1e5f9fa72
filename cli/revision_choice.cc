#include "cli/revision_choice.h"

#include <fmt/ranges.h>

namespace tidewright::cli {
namespace {

Result<const RevisionView*> named(const WorkloadView& workload, const std::string& wanted) {
  // A hash may consist of digits alone, so the hashes come first.
  for (const RevisionView& revision : workload.revisions) {
    if (revision.set.revision == wanted) return &revision;
  }
  std::vector<std::string> kept;
  for (const RevisionView& revision : workload.revisions) {
    const std::string number = std::to_string(revision.set.record.number);
    if (number == wanted) return &revision;
    kept.push_back(fmt::format("{} ({})", number, revision.set.revision));
  }
  return fail(ErrorCode::NotFound, "--to-revision {}: there is no such revision; kept are {}", wanted,
              fmt::join(kept, ", "));
}

}  // namespace

Result<const RevisionView*> chooseRevision(const WorkloadView& workload, const std::string& wanted) {
  if (workload.revisions.empty()) return fail(ErrorCode::NotFound, "there are no revisions yet");
  if (!wanted.empty()) return named(workload, wanted);
  const api::WorkloadStatus& status = workload.status;
  if (!status.stableRevision.empty() && status.stableRevision != status.currentRevision) {
    return named(workload, status.stableRevision);
  }
  for (const RevisionView& revision : workload.revisions) {
    if (revision.set.revision != status.currentRevision && revision.set.record.failed.empty()) return &revision;
  }
  return fail(ErrorCode::NotFound, "there is no revision before {}", status.currentRevision);
}

}  // namespace tidewright::cli
