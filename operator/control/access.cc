#include "operator/control/access.h"

#include "operator/kube/in_cluster.h"
#include "operator/kube/kubeconfig.h"

namespace tidewright::control {

Result<kube::Access> findAccess(const Options& options) {
  const bool named = !options.kubeconfig.empty() || !options.context.empty() ||
                     !kube::processEnvironment("KUBECONFIG").value_or("").empty();
  if (!named) {
    Result<kube::Access> inCluster = kube::inClusterAccess(kube::processEnvironment);
    // A pod whose token is missing has to hear that, not that it has no kubeconfig.
    const bool inPod = kube::processEnvironment("KUBERNETES_SERVICE_HOST").has_value();
    if (inCluster || inPod) return inCluster;
  }
  return kube::loadKubeconfig(kube::kubeconfigFiles(options.kubeconfig, kube::processEnvironment), options.context);
}

}  // namespace tidewright::control
