#include "operator/kube/in_cluster.h"

#include <filesystem>
#include <fstream>

namespace tidewright::kube {

Result<Access> inClusterAccess(const Environment& environment, const std::string& folder) {
  const std::string host = environment("KUBERNETES_SERVICE_HOST").value_or("");
  const std::string port = environment("KUBERNETES_SERVICE_PORT").value_or("");
  if (host.empty() || port.empty()) {
    return fail(ErrorCode::NotFound,
                "not in a pod: $KUBERNETES_SERVICE_HOST and $KUBERNETES_SERVICE_PORT are not set; give a kubeconfig");
  }
  Access access;
  // The HTTP library cannot connect to an IPv6 address; the API server's certificate has this name in every cluster.
  const bool isIpv6 = host.find(':') != std::string::npos;
  Result<http::Url> server = http::parseUrl(fmt::format("https://{}:{}", isIpv6 ? "kubernetes.default.svc" : host, port));
  if (!server) return fail(server.error().in("$KUBERNETES_SERVICE_HOST and $KUBERNETES_SERVICE_PORT"));
  access.server = *std::move(server);
  access.tokenFile = folder + "/token";
  access.certificateAuthority.file = folder + "/ca.crt";
  for (const std::string& needed : {access.tokenFile, access.certificateAuthority.file}) {
    std::error_code ignored;
    if (!std::filesystem::exists(needed, ignored)) {
      return fail(ErrorCode::NotFound, "{} is missing; the pod needs automountServiceAccountToken: true", needed);
    }
  }
  std::ifstream namespaceFile(folder + "/namespace");
  std::string name;
  if (namespaceFile >> name) access.defaultNamespace = name;
  return access;
}

}  // namespace tidewright::kube
