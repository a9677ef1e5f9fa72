#include "operator/control/snapshot.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

using decide::PodProblem;

/// What keeps this pod from working; empty reason: nothing.
PodProblem problemOf(const kube::Pod& pod) {
  for (const kube::ContainerTrouble& trouble : pod.troubles) {
    if (trouble.waitingReason.empty() || trouble.waitingReason == "ContainerCreating" ||
        trouble.waitingReason == "PodInitializing") {
      continue;
    }
    std::string message = fmt::format("container {}: {}", trouble.name, trouble.waitingMessage);
    if (!trouble.exitReason.empty()) {
      message += fmt::format(" (it ended with {}, exit code {})", trouble.exitReason, trouble.exitCode.value_or(0));
    }
    return {.reason = trouble.waitingReason, .message = std::move(message), .restarts = pod.restarts};
  }
  if (!pod.unschedulable.empty()) return {.reason = "Unschedulable", .message = pod.unschedulable};
  return {};
}

/// The same problem of many pods is one.
std::vector<PodProblem> problemsOf(const std::vector<std::shared_ptr<const kube::Pod>>& pods) {
  std::map<std::string, PodProblem> byReason;
  for (const auto& pod : pods) {
    if (pod->meta.deletionTimestamp) continue;
    PodProblem problem = problemOf(*pod);
    if (problem.reason.empty()) continue;
    const auto [known, isNew] = byReason.emplace(problem.reason, problem);
    if (isNew) continue;
    ++known->second.pods;
    known->second.restarts = std::max(known->second.restarts, problem.restarts);
  }
  std::vector<PodProblem> out;
  for (auto& [reason, problem] : byReason) out.push_back(std::move(problem));
  return out;
}

std::set<std::string> readyEndpoints(const Caches& caches, const std::string& ns, const std::string& service) {
  std::set<std::string> pods;
  for (const auto& slice : caches.slices.indexed(ns + "/" + service)) {
    for (const kube::Endpoint& endpoint : slice->endpoints) {
      if (endpoint.ready && !endpoint.podUid.empty()) pods.insert(endpoint.podUid);
    }
  }
  return pods;
}

SeenReplicaSet see(const kube::ReplicaSet& set, const Caches& caches, const ServingService& servingService) {
  const auto label = [&set](std::string_view name) {
    const std::string* value = kube::find(set.meta.labels, name);
    return value == nullptr ? std::string() : *value;
  };
  const std::map<std::string, std::string> annotations(set.meta.annotations.begin(), set.meta.annotations.end());
  SeenReplicaSet seen{.view = {.name = set.meta.name,
                               .revision = label(decide::kRevisionLabel),
                               .record = decide::recordFrom(annotations),
                               .replicas = set.specReplicas,
                               .ready = set.readyReplicas,
                               .available = set.availableReplicas,
                               .createdAt = set.meta.creationTimestamp},
                      .resourceVersion = set.meta.resourceVersion,
                      .uid = set.meta.uid,
                      .shard = label(decide::kShardLabel)};
  const auto pods = caches.pods.ownedBy(set.meta.uid);
  // Pods that have ended stay until somebody removes them: they hold nothing up.
  seen.view.pods = static_cast<int32_t>(std::ranges::count_if(pods, [](const auto& pod) {
    return pod->phase != kube::PodPhase::Failed && pod->phase != kube::PodPhase::Succeeded;
  }));
  seen.view.problems = problemsOf(pods);
  if (const std::string service = servingService(seen.shard, seen.view.revision); !service.empty()) {
    const std::set<std::string> ready = readyEndpoints(caches, set.meta.ns, service);
    const auto serving = std::ranges::count_if(pods, [&](const auto& pod) {
      // The slice still calls a pod ready for a moment after it began to end.
      return !pod->meta.deletionTimestamp && pod->ready && ready.contains(pod->meta.uid);
    });
    seen.view.available = std::min(seen.view.available, static_cast<int32_t>(serving));
  }
  return seen;
}

}  // namespace

const kube::Service* Snapshot::service(std::string_view name) const {
  for (const auto& one : services) {
    if (one->meta.name == name) return one.get();
  }
  return nullptr;
}

const kube::PodDisruptionBudget* Snapshot::budget(std::string_view name) const {
  for (const auto& one : budgets) {
    if (one->meta.name == name) return one.get();
  }
  return nullptr;
}

const SeenReplicaSet* Snapshot::replicaSet(std::string_view name) const {
  for (const SeenReplicaSet& one : replicaSets) {
    if (one.view.name == name) return &one;
  }
  return nullptr;
}

Snapshot takeSnapshot(const Caches& caches, std::shared_ptr<const AppObject> object,
                      const ServingService& servingService) {
  Snapshot snapshot{.object = std::move(object)};
  const std::string& uid = snapshot.object->meta.uid;
  for (const auto& set : caches.replicaSets.ownedBy(uid)) {
    if (set->meta.deletionTimestamp) continue;
    snapshot.replicaSets.push_back(see(*set, caches, servingService));
    for (const auto& pod : caches.pods.ownedBy(set->meta.uid)) {
      if (pod->ready && !pod->meta.deletionTimestamp) ++snapshot.readyPods;
    }
  }
  snapshot.services = caches.services.ownedBy(uid);
  snapshot.budgets = caches.budgets.ownedBy(uid);
  snapshot.foreignBudgets = caches.budgets.indexed(snapshot.object->meta.ns);
  return snapshot;
}

}  // namespace tidewright::control
