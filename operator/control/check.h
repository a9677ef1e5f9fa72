#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "operator/kube/client.h"
#include "operator/result.h"

namespace tidewright::control {

struct CheckReport {
  std::string text;    ///< Lines for a person
  bool usable = true;  ///< False: the operator could do nothing here, and the text says why
};

/// Asks the API server who it is, which ScaledApps we may list in `namespaces` (none: all) and which Nodes we may see.
/// Nodes are not needed. An error means that the server could not be asked at all.
[[nodiscard]] Result<CheckReport> checkCluster(const kube::Client& client, const std::string& server,
                                               const std::vector<std::string>& namespaces, std::stop_token stop);

}  // namespace tidewright::control
