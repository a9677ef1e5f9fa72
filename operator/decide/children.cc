#include "operator/decide/children.h"

#include <fmt/format.h>

#include "operator/decide/labels.h"
#include "operator/decide/pod_template.h"
#include "operator/decide/revision_source.h"

namespace tidewright::decide {
namespace {

using nlohmann::json;

std::string nameOf(const api::Shard* shard) { return shard == nullptr ? std::string() : shard->name; }

json metadata(const api::ScaledApp& app, std::string name, const Labels& labels) {
  return {{"name", std::move(name)},
          {"namespace", app.ns},
          {"labels", labels},
          {"ownerReferences",
           {{{"apiVersion", api::kApiVersion},
             {"kind", api::kKind},
             {"name", app.name},
             {"uid", app.uid},
             {"controller", true},
             {"blockOwnerDeletion", true}}}}};
}

json withContentHash(json manifest) {
  const std::string hash = api::safeEncode(api::fnv1a(manifest.dump()), 13);
  manifest["metadata"]["annotations"][std::string(kAppliedAnnotation)] = hash;
  return manifest;
}

json serviceManifest(const api::ScaledApp& app, std::string name, const Labels& ownLabels, const Labels& selector) {
  const api::ServiceSpec& service = app.spec.service;
  // The user's labels and annotations first: ours have the last word where they clash.
  Labels labels = service.labels;
  for (const auto& [key, value] : ownLabels) labels.insert_or_assign(key, value);
  json out = {{"apiVersion", "v1"}, {"kind", "Service"}, {"metadata", metadata(app, std::move(name), labels)}};
  if (!service.annotations.empty()) out["metadata"]["annotations"] = service.annotations;
  json& spec = out["spec"];
  const bool headless = service.type == api::ServiceType::Headless;
  spec["type"] = headless ? "ClusterIP" : api::toString(service.type);
  if (headless) spec["clusterIP"] = "None";
  spec["selector"] = selector;
  spec["ports"] = service.ports;
  spec["sessionAffinity"] = service.stickyClients ? "ClientIP" : "None";
  return withContentHash(std::move(out));
}

json budgetManifest(const api::ScaledApp& app, const std::string& shard) {
  return withContentHash({{"apiVersion", "policy/v1"},
                          {"kind", "PodDisruptionBudget"},
                          {"metadata", metadata(app, childName(app, shard), childLabels(app, shard))},
                          {"spec",
                           {{"maxUnavailable", 1},
                            {"unhealthyPodEvictionPolicy", "AlwaysAllow"},
                            {"selector", {{"matchLabels", selectorOf(app, shard)}}}}}});
}

void addServices(const api::ScaledApp& app, const WorkloadPlan& workload, std::vector<json>& out) {
  const std::string shard = nameOf(workload.shard);
  const RolloutDecision& rollout = workload.rollout;
  const auto add = [&](std::string_view suffix, std::string_view revision) {
    out.push_back(
        serviceManifest(app, childName(app, shard, suffix), childLabels(app, shard), selectorOf(app, shard, revision)));
  };
  add("", rollout.activeRevision);
  if (!rollout.previewRevision.empty()) add("preview", rollout.previewRevision);
  const std::string& current = rollout.rolledBack ? rollout.status.stableRevision : rollout.status.currentRevision;
  // Before anything is stable, the first revision is all there is.
  if (app.spec.rollout.stableService) {
    add("stable", rollout.status.stableRevision.empty() ? current : rollout.status.stableRevision);
  }
  if (app.spec.rollout.canaryService) add("canary", rollout.canaryRevision.empty() ? current : rollout.canaryRevision);
}

}  // namespace

std::string replicaSetName(const api::ScaledApp& app, const api::Shard* shard, std::string_view hash) {
  return childName(app, nameOf(shard), hash);
}

json replicaSetManifest(const api::ScaledApp& app, const api::Shard* shard, const CreateReplicaSet& create) {
  const std::string shardName = nameOf(shard);
  const std::string& hash = create.revision.hash;
  json out = {{"apiVersion", "apps/v1"},
              {"kind", "ReplicaSet"},
              {"metadata", metadata(app, replicaSetName(app, shard, hash), childLabels(app, shardName, hash))},
              {"spec",
               {{"replicas", create.replicas},
                {"minReadySeconds", app.spec.rollout.minReadySeconds},
                {"selector", {{"matchLabels", selectorOf(app, shardName, hash)}}},
                {"template", podTemplateFor(app, shard, hash)}}}};
  json& annotations = out["metadata"]["annotations"];
  annotations = annotationsOf(create.record);
  if (std::optional<std::string> source = sourceText({.podTemplate = app.spec.podTemplate,
                                                      .restartAt = app.spec.restartAt,
                                                      .configHash = create.revision.configHash})) {
    annotations[std::string(kSourceAnnotation)] = *std::move(source);
  }
  return out;
}

json mergePatch(const UpdateReplicaSet& update) {
  json patch = json::object();
  if (update.replicas) patch["spec"]["replicas"] = *update.replicas;
  for (const auto& [name, value] : update.annotations) {
    patch["metadata"]["annotations"][name] = value ? json(*value) : json(nullptr);
  }
  return patch;
}

std::vector<json> childManifests(const api::ScaledApp& app, const std::vector<WorkloadPlan>& workloads) {
  std::vector<json> out;
  if (!app.spec.service.ports.empty()) {
    if (!app.spec.shards.empty()) {
      out.push_back(serviceManifest(app, app.name, childLabels(app), selectorOf(app)));
    }
    for (const WorkloadPlan& workload : workloads) addServices(app, workload, out);
  }
  if (app.spec.availability.podDisruptionBudget) {
    for (const WorkloadPlan& workload : workloads) out.push_back(budgetManifest(app, nameOf(workload.shard)));
  }
  return out;
}

}  // namespace tidewright::decide
