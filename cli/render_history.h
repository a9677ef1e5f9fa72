#pragma once

#include <string>

#include "cli/app_view.h"

namespace tidewright::cli {

/// The kept revisions, the one asked for last first; with shards a table for each. Pure: any thread.
[[nodiscard]] std::string renderHistory(const AppView& view, WallTime now, int width);

}  // namespace tidewright::cli
