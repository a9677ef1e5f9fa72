#pragma once

#include <string>

#include "cli/session.h"

namespace tidewright::cli {

struct GetOptions {
  std::string name;
  std::string shard;
  bool watch = false;
};
/// Prints the app as a tree. Watching, it looks once a second and ends when the session is stopped: a terminal's frame
/// is redrawn in place, anything else gets a block for each change.
[[nodiscard]] Result<int> run(const GetOptions& options, const Session& session);

}  // namespace tidewright::cli
