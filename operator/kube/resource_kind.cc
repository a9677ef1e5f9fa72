#include "operator/kube/resource_kind.h"

#include <fmt/format.h>

#include "operator/http/url.h"

namespace tidewright::kube {

std::string ResourceKind::apiVersion() const { return group.empty() ? version : group + "/" + version; }

std::string ResourceKind::collectionPath(std::string_view ns) const {
  std::string path = fmt::format("{}/{}", group.empty() ? "/api" : "/apis", apiVersion());
  if (namespaced && !ns.empty()) path += "/namespaces/" + http::percentEncode(ns);
  return path + "/" + plural;
}

std::string ResourceKind::objectPath(const ObjectKey& key, std::string_view subresource) const {
  std::string path = collectionPath(key.ns) + "/" + http::percentEncode(key.name);
  if (!subresource.empty()) path += "/" + std::string(subresource);
  return path;
}

std::pair<std::string, std::string> splitApiVersion(std::string_view apiVersion) {
  const auto slash = apiVersion.find('/');
  if (slash == std::string_view::npos) return {"", std::string(apiVersion)};
  return {std::string(apiVersion.substr(0, slash)), std::string(apiVersion.substr(slash + 1))};
}

}  // namespace tidewright::kube
