#pragma once

#include <string>

#include "cli/app_view.h"
#include "operator/result.h"

namespace tidewright::cli {

/// The revision to go back to. `wanted` is its hash or its number; empty: the stable revision while another one is
/// asked for, else the one that was asked for before and did not fail. Borrows from `workload`.
/// NotFound names the revisions that are kept. Pure: any thread.
[[nodiscard]] Result<const RevisionView*> chooseRevision(const WorkloadView& workload, const std::string& wanted);

}  // namespace tidewright::cli
