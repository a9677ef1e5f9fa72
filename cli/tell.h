#pragma once

#include <string>

#include "cli/session.h"

namespace tidewright::cli {

struct HistoryOptions {
  std::string name;
  std::string shard;
};
/// Prints the kept revisions.
[[nodiscard]] Result<int> run(const HistoryOptions& options, const Session& session);

struct WhyOptions {
  std::string name;
  std::string shard;
};
/// Prints why there are as many pods as there are.
[[nodiscard]] Result<int> run(const WhyOptions& options, const Session& session);

}  // namespace tidewright::cli
