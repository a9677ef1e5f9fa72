#include "cli/app_reader.h"

#include <fmt/ranges.h>

#include "cli/kinds.h"
#include "operator/decide/labels.h"

namespace tidewright::cli {
namespace {

Result<AppView> only(AppView view, const std::string& shard) {
  if (shard.empty()) return view;
  std::vector<std::string> known;
  for (WorkloadView& workload : view.workloads) {
    if (workload.shard == shard) {
      WorkloadView found = std::move(workload);
      view.workloads = {std::move(found)};
      return view;
    }
    if (!workload.shard.empty()) known.push_back(workload.shard);
  }
  if (known.empty()) return fail(ErrorCode::NotFound, "--shard {}: {} has no shards", shard, view.app.name);
  return fail(ErrorCode::NotFound, "--shard {}: {} has no such shard; its shards are {}", shard, view.app.name,
              fmt::join(known, ", "));
}

}  // namespace

Error explained(const Session& session, const std::string& name, const Error& error) {
  const auto says = [&error](std::string text) { return Error(error.code(), std::move(text)); };
  switch (error.code()) {
    case ErrorCode::NotFound: {
      const Result<kube::Json> group = session.client.getPath("/apis/tidewright.dev/v1alpha1", session.stop);
      if (!group && group.error().code() == ErrorCode::NotFound) {
        return says(
            fmt::format("{} does not know ScaledApps; install Tidewright there, or choose another cluster with "
                        "--context",
                        session.server));
      }
      return says(
          fmt::format("there is no ScaledApp {} in namespace {}; list them with: kubectl get sapp -n {}, or of "
                      "all namespaces: kubectl get sapp -A",
                      name, session.ns, session.ns));
    }
    case ErrorCode::Forbidden:
      return says(fmt::format("{}; ask for the ClusterRole edit (or view, for reading) in namespace {}",
                              error.message(), session.ns));
    case ErrorCode::Unavailable:
    case ErrorCode::Timeout:
      return says(fmt::format("{} does not answer ({}); see that the cluster runs, or choose another with --context",
                              session.server, error.message()));
    default: return error;
  }
}

Result<kube::Json> readApp(const Session& session, const std::string& name) {
  Result<kube::Json> object = session.client.get(kScaledApps, {session.ns, name}, session.stop);
  if (!object) return fail(explained(session, name, object.error()));
  return object;
}

Result<AppView> readView(const Session& session, const std::string& name, const std::string& shard, Pods pods) {
  const Result<kube::Json> object = readApp(session, name);
  if (!object) return fail(object.error());
  const kube::ListOptions ofApp{.labelSelector = fmt::format("{}={}", decide::kAppLabel, name), .fieldSelector = {}};
  const Result<kube::ObjectList> sets = session.client.list(kReplicaSets, session.ns, ofApp, session.stop);
  if (!sets) return fail(explained(session, name, sets.error()));
  kube::ObjectList podList;
  if (pods == Pods::Read) {
    Result<kube::ObjectList> read = session.client.list(kPods, session.ns, ofApp, session.stop);
    if (!read) return fail(explained(session, name, read.error()));
    podList = *std::move(read);
  }
  return only(viewOf(*object, sets->items, podList.items), shard);
}

Result<kube::Json> patchApp(const Session& session, const std::string& name, const kube::Json& patch) {
  Result<kube::Json> answer = session.client.mergePatch(kScaledApps, {session.ns, name}, patch, session.stop);
  if (!answer) return fail(explained(session, name, answer.error()));
  return answer;
}

}  // namespace tidewright::cli
