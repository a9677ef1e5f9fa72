#pragma once

#include <chrono>
#include <string>

#include "cli/session.h"

namespace tidewright::cli {

struct StatusOptions {
  std::string name;
  std::chrono::seconds timeout{600};  ///< 0: as long as it takes
};
/// Prints each change of the phase and its sentence until what was asked for is there (kDone), has failed (kFailed) or
/// the time is over (kTimedOut).
[[nodiscard]] Result<int> run(const StatusOptions& options, const Session& session);

}  // namespace tidewright::cli
