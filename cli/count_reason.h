#pragma once

#include <string>

#include "cli/app_view.h"

namespace tidewright::cli {

/// Who decided how many pods a workload is to have, as a clause: "spec.replicas", "autoscaling: rps asks for 5, the
/// most of all metrics". Pure: any thread.
[[nodiscard]] std::string countReason(const AppView& view, const WorkloadView& workload);

}  // namespace tidewright::cli
