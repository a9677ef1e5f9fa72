#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tidewright::cli {

/// How long ago or how long still, in at most two units: "12s", "4m10s", "3h5m", "2d4h". Never negative.
[[nodiscard]] std::string durationText(std::chrono::nanoseconds time);

/// What people write after --timeout: "90s", "10m", "1h30m"; a bare number is seconds. Nothing for anything else, and
/// for more than 1000 hours.
[[nodiscard]] std::optional<std::chrono::seconds> parseDuration(std::string_view text);

}  // namespace tidewright::cli
