#include "operator/control/check.h"

#include <fmt/ranges.h>

#include "operator/control/kinds.h"

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

/// "ScaledApps in shop: 3"
Result<std::string> appsLine(const kube::Client& client, const std::string& ns, std::stop_token stop) {
  const std::string where = ns.empty() ? "all namespaces" : ns;
  const Result<kube::ObjectList> apps = client.list(kScaledApps, ns, {}, stop);
  if (apps) return fmt::format("ScaledApps in {}: {}\n", where, apps->items.size());
  const char* advice = apps.error().code() == ErrorCode::NotFound    ? "; is the CRD installed? manifests/crds has it"
                       : apps.error().code() == ErrorCode::Forbidden ? "; does the service account have its role?"
                                                                     : "";
  return fail(apps.error().code(), "ScaledApps in {}: {}{}\n", where, apps.error().message(), advice);
}

}  // namespace

Result<CheckReport> checkCluster(const kube::Client& client, const std::string& server,
                                 const std::vector<std::string>& namespaces, std::stop_token stop) {
  const Result<kube::Json> version = client.getPath("/version", stop);
  if (!version) return fail(version.error());
  CheckReport report{.text =
                         fmt::format("server: {} {}\n", server, version->value("gitVersion", "of an unknown version"))};
  for (const std::string& ns : namespaces.empty() ? std::vector<std::string>{""} : namespaces) {
    const Result<std::string> line = appsLine(client, ns, stop);
    report.text += line ? *line : line.error().message();
    report.usable = report.usable && line.has_value();
  }
  report.text += nodesLine(client, stop) + "\n";
  return report;
}

}  // namespace tidewright::control
