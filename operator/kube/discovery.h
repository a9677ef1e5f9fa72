#pragma once

#include <string>
#include <vector>

#include "operator/kube/client.h"
#include "operator/kube/resource_kind.h"

namespace tidewright::kube {

struct DiscoveredKind {
  ResourceKind kind;
  std::vector<std::string> subresources;  ///< "status", "scale"
};

/// How the API server calls the objects of `apiVersion` and `kind`: what a targetRef needs. NotFound, with what to
/// check, if it does not know them. One call; the answer changes only when somebody changes the API, so keep it.
[[nodiscard]] Result<DiscoveredKind> discover(const Client& client, const std::string& apiVersion,
                                              const std::string& kind, std::stop_token stop);

}  // namespace tidewright::kube
