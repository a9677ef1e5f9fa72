#include "operator/control/check.h"

#include <fmt/ranges.h>

#include "operator/control/kinds.h"
#include "operator/kube/discovery.h"

namespace tidewright::control {
namespace {

std::string nodesLine(const kube::Client& client, std::stop_token stop) {
  const Result<kube::ObjectList> nodes = client.list(kNodes, "", {}, stop);
  if (!nodes && nodes.error().code() == ErrorCode::Forbidden) return "nodes: listing them is not allowed";
  if (!nodes) return "nodes: " + nodes.error().message();
  std::vector<std::string> names;
  for (const kube::Json& node : nodes->items) names.push_back(node.at("metadata").value("name", ""));
  return names.empty() ? "nodes: none" : fmt::format("nodes: {}", fmt::join(names, ", "));
}

}  // namespace

Result<std::string> checkCluster(const kube::Client& client, const std::string& server, std::stop_token stop) {
  const Result<kube::Json> version = client.getPath("/version", stop);
  if (!version) return fail(version.error());
  std::string text = fmt::format("server: {} {}\n", server, version->value("gitVersion", "of an unknown version"));
  const Result<kube::DiscoveredKind> app = kube::discover(client, kScaledApps.apiVersion(), kScaledApps.kind, stop);
  text += app ? "ScaledApp: installed\n" : fmt::format("ScaledApp: not usable: {}\n", app.error().message());
  text += nodesLine(client, stop) + "\n";
  return text;
}

}  // namespace tidewright::control
