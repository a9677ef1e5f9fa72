#pragma once

#include <string>

#include "cli/app_view.h"

namespace tidewright::cli {

/// What a revision is to its workload, in one word for the tree: "stable", "canary", "preview", "new", "failed",
/// or "old" where it is none of these. Pure: any thread.
[[nodiscard]] std::string roleOf(const WorkloadView& workload, const RevisionView& revision,
                                 api::RolloutStrategy strategy);

/// All that is to be said of it in a history: "stable, current", "current, failed: ImagePullBackOff: ...", "".
[[nodiscard]] std::string marksOf(const WorkloadView& workload, const RevisionView& revision);

}  // namespace tidewright::cli
