#pragma once

#include <string>

#include "cli/session.h"

namespace tidewright::cli {

struct UndoOptions {
  std::string name;
  std::string toRevision;  ///< Hash or number; empty: the one before
  std::string shard;       ///< Whose numbers and revisions are meant; empty: the first shard's
};
/// Writes the template of a kept revision, as its user wrote it, back to the spec. That the app then runs that very
/// revision again, and no copy of it, is what the recorded source is for.
[[nodiscard]] Result<int> run(const UndoOptions& options, const Session& session);

}  // namespace tidewright::cli
