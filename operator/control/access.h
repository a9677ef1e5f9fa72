#pragma once

#include "operator/control/options.h"
#include "operator/kube/access.h"
#include "operator/result.h"

namespace tidewright::control {

/// Where the API server is: a kubeconfig that was named by a flag or $KUBECONFIG wins; then the pod's service account;
/// then ~/.kube/config.
[[nodiscard]] Result<kube::Access> findAccess(const Options& options);

}  // namespace tidewright::control
