#include "operator/kube/discovery.h"

#include "operator/http/url.h"

namespace tidewright::kube {
namespace {

std::string textOf(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<DiscoveredKind> discover(const Client& client, const std::string& apiVersion, const std::string& kind,
                                std::stop_token stop) {
  const auto [group, version] = splitApiVersion(apiVersion);
  const std::string path = group.empty() ? "/api/" + http::percentEncode(version)
                                         : "/apis/" + http::percentEncode(group) + "/" + http::percentEncode(version);
  const Result<Json> list = client.getPath(path, stop);
  if (!list && list.error().code() == ErrorCode::NotFound) {
    return fail(ErrorCode::NotFound, "the cluster does not serve {}; check the apiVersion, or install what defines it",
                apiVersion);
  }
  if (!list) return fail(list.error());

  DiscoveredKind found{.kind = {.group = group, .version = version, .plural = {}, .kind = kind}};
  const Json resources = list->value("resources", Json::array());
  for (const Json& resource : resources) {
    if (textOf(resource, "kind") != kind) continue;
    const std::string name = textOf(resource, "name");
    if (name.find('/') != std::string::npos) continue;
    found.kind.plural = name;
    found.kind.namespaced = resource.value("namespaced", true);
  }
  if (found.kind.plural.empty()) {
    return fail(ErrorCode::NotFound, "{} has no kind {}; check its spelling", apiVersion, kind);
  }
  for (const Json& resource : resources) {
    const std::string name = textOf(resource, "name");
    if (name.starts_with(found.kind.plural + "/"))
      found.subresources.push_back(name.substr(found.kind.plural.size() + 1));
  }
  return found;
}

}  // namespace tidewright::kube
