#pragma once

#include <string>

#include "cli/app_view.h"

namespace tidewright::cli {

/// Why each workload is to have as many pods as it has, in sentences: the metrics and what each asks for, the rules
/// that moved the number and the one that had the last word, and when it can change next. Pure: any thread.
[[nodiscard]] std::string renderWhy(const AppView& view, WallTime now, int width);

}  // namespace tidewright::cli
