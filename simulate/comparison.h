#pragma once

#include <string>
#include <string_view>

#include "simulate/summary.h"

namespace tidewright::simulate {

/// "9d 23h", "2m 15s", "0s": the two largest units.
[[nodiscard]] std::string formatTime(std::chrono::seconds time);

/// One run's figures, a line each. Pure.
[[nodiscard]] std::string renderSummary(const Summary& summary);

/// Two runs under the same load side by side, and what the second changes. Names are cut to 18 characters. Pure.
[[nodiscard]] std::string renderComparison(std::string_view nameA, const Summary& a, std::string_view nameB,
                                           const Summary& b);

}  // namespace tidewright::simulate
