#pragma once

#include <chrono>
#include <string>

#include "cli/session.h"

namespace tidewright::cli {

/// promote, promote-full, abort, retry: what the operator takes from the annotation tidewright.dev/command.
struct AskOptions {
  std::string name;
  std::string command;
  std::chrono::seconds timeout{30};
};
/// Asks, waits until the operator has taken it, and prints what became of it. kFailed if nobody took it in time: it
/// then stays asked for. Source: spec/api.md, "Commands".
[[nodiscard]] Result<int> run(const AskOptions& options, const Session& session);

}  // namespace tidewright::cli
