#pragma once

#include <string>

#include "cli/app_view.h"

namespace tidewright::cli {

/// One app as a tree, revisions and their pods, with what goes on above it: phase, count and why, the rollout's step
/// and weights, the analysis, the last command. `width` as in layout.h. Pure: any thread.
[[nodiscard]] std::string renderTree(const AppView& view, WallTime now, int width);

}  // namespace tidewright::cli
