#pragma once

#include <string>

#include "cli/session.h"

namespace tidewright::cli {

struct RestartOptions {
  std::string name;
};
/// Sets spec.restartAt: every pod that is older is replaced, as a rolling update.
[[nodiscard]] Result<int> run(const RestartOptions& options, const Session& session);

struct PauseOptions {
  std::string name;
  bool paused = true;  ///< false: resume
};
/// Sets or clears spec.paused.
[[nodiscard]] Result<int> run(const PauseOptions& options, const Session& session);

}  // namespace tidewright::cli
