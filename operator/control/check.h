#pragma once

#include <stop_token>
#include <string>

#include "operator/kube/client.h"
#include "operator/result.h"

namespace tidewright::control {

/// Asks the API server who it is, whether it knows ScaledApps and which Nodes we may see: lines for a person. What we
/// may not see is said there; an error means that the server could not be asked at all.
[[nodiscard]] Result<std::string> checkCluster(const kube::Client& client, const std::string& server,
                                               std::stop_token stop);

}  // namespace tidewright::control
