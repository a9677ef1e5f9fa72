#include "cli/access.h"

#include "operator/kube/in_cluster.h"
#include "operator/kube/kubeconfig.h"

namespace tidewright::cli {

Result<kube::Access> findAccess(const Where& where) {
  Result<kube::Access> access =
      kube::loadKubeconfig(kube::kubeconfigFiles(where.kubeconfig, kube::processEnvironment), where.context);
  const bool named = !where.kubeconfig.empty() || !where.context.empty();
  if (access || named || access.error().code() != ErrorCode::NotFound) return access;
  if (Result<kube::Access> inCluster = kube::inClusterAccess(kube::processEnvironment)) return inCluster;
  return access;
}

}  // namespace tidewright::cli
