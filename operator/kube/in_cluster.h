#pragma once

#include <string>

#include "operator/kube/access.h"
#include "operator/kube/kubeconfig.h"

namespace tidewright::kube {

inline constexpr const char* kServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The access of a pod by its service account. NotFound outside of a pod. The token and the certificate authority are
/// named by file, so that both are re-read when they are rotated.
[[nodiscard]] Result<Access> inClusterAccess(const Environment& environment,
                                             const std::string& folder = kServiceAccountFolder);

}  // namespace tidewright::kube
