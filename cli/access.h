#pragma once

#include <string>

#include "operator/kube/access.h"
#include "operator/result.h"

namespace tidewright::cli {

/// Which cluster, and where in it. Empty: what kubectl would take.
struct Where {
  std::string kubeconfig;
  std::string context;
  std::string ns;
};

/// A kubeconfig as kubectl finds it (--kubeconfig, $KUBECONFIG, ~/.kube/config); without one, the service account of
/// the pod that we run in.
[[nodiscard]] Result<kube::Access> findAccess(const Where& where);

}  // namespace tidewright::cli
