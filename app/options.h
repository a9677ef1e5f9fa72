#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "app/drain.h"

namespace tidewright::app {

/// An inclusive range of times: "1-3s", or "2s" for exactly two seconds.
struct TimeRange {
  std::chrono::milliseconds from{0};
  std::chrono::milliseconds to{0};
};

/// What the command line asks for; the defaults are the program's.
struct Options {
  std::string host = "0.0.0.0";
  std::uint16_t port = 8080;              ///< 0: the system picks one, and the log names it
  std::string instance;                   ///< for X-Instance; empty: the host's name
  std::string versionLabel;               ///< for X-Version; 1-63 of [A-Za-z0-9._+-]
  double workMs = 2;                      ///< CPU time of `GET /`, 0-60000
  unsigned workers = 1;                   ///< threads a process, each with its own loop; 0: one a core
  unsigned processes = 0;                 ///< 0: no parent process; K: a parent that keeps K children alive
  unsigned maxRequestsPerConnection = 0;  ///< 0: no limit
  std::chrono::seconds startDelay{0};
  std::optional<TimeRange> crashAfter;
  double errorRate = 0;  ///< share of answers of `/` and `/work` that are 500, 0-1
  DrainPolicy drain;
};

/// What to do after reading the command line: go on, or leave with this code. `message` is for stdout when the code is
/// 0 (help, version), for stderr otherwise and then names the flag that is wrong.
struct Leave {
  int exitCode = 0;
  std::string message;
};

struct ParsedOptions {
  Options options;
  std::optional<Leave> leave;
};

/// Reads flags and the environment variable APP_VERSION (a flag wins over it). Never throws; a mistake is Leave{2,
/// ...}.
[[nodiscard]] ParsedOptions parseOptions(int argc, const char* const* argv);

/// "1-3s", "500ms", "250-750ms", "2s"; no unit means seconds. Nothing for anything else, or when from > to.
[[nodiscard]] std::optional<TimeRange> parseTimeRange(const std::string& text);

}  // namespace tidewright::app
