#include "operator/decide/pod_template.h"

#include <algorithm>

#include "operator/decide/labels.h"

namespace tidewright::decide {
namespace {

using nlohmann::json;

/// Kubernetes' own default, which the sleep is added to.
constexpr int32_t kDefaultGracePeriodSeconds = 30;

/// The list of that name, made an empty one if it is absent or null.
json& listIn(json& object, const char* name) {
  json& list = object[name];
  if (!list.is_array()) list = json::array();
  return list;
}

bool says(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && !found->is_null() && !(found->is_structured() && found->empty());
}

void addSleep(json& podSpec, int32_t seconds) {
  bool added = false;
  for (json& container : listIn(podSpec, "containers")) {
    if (container.contains("lifecycle") && container["lifecycle"].is_object() &&
        says(container["lifecycle"], "preStop")) {
      continue;
    }
    container["lifecycle"]["preStop"] = {{"sleep", {{"seconds", seconds}}}};
    added = true;
  }
  if (!added) return;
  const json& grace = podSpec["terminationGracePeriodSeconds"];
  const int64_t own = grace.is_number_integer() ? grace.get<int64_t>() : kDefaultGracePeriodSeconds;
  podSpec["terminationGracePeriodSeconds"] = own + seconds;
}

void addSpread(json& podSpec, const Labels& selector) {
  if (says(podSpec, "affinity") || says(podSpec, "topologySpreadConstraints")) return;
  json constraints = json::array();
  for (const char* key : {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}) {
    constraints.push_back({{"maxSkew", 1},
                           {"topologyKey", key},
                           {"whenUnsatisfiable", "ScheduleAnyway"},
                           {"labelSelector", {{"matchLabels", selector}}},
                           // Old pods on their way out must not push new ones off a node.
                           {"matchLabelKeys", {kRevisionLabel}}});
  }
  podSpec["topologySpreadConstraints"] = std::move(constraints);
}

void addVariables(json& podSpec, const api::Shard& shard) {
  std::map<std::string, std::string> variables = shard.env;
  variables.insert_or_assign("SHARD", shard.name);
  for (const char* kind : {"initContainers", "containers"}) {
    if (!podSpec.contains(kind)) continue;
    for (json& container : listIn(podSpec, kind)) {
      json& env = listIn(container, "env");
      for (const auto& [name, value] : variables) {
        const bool taken = std::ranges::any_of(env, [&](const json& item) { return item.value("name", "") == name; });
        if (!taken) env.push_back({{"name", name}, {"value", value}});
      }
    }
  }
}

}  // namespace

json podTemplateFor(const api::ScaledApp& app, const api::Shard* shard, const std::string& revision) {
  json out = app.spec.podTemplate;
  const std::string shardName = shard == nullptr ? std::string() : shard->name;
  json& metadata = out["metadata"];
  if (!metadata.is_object()) metadata = json::object();
  metadata.erase("creationTimestamp");
  json& labels = metadata["labels"];
  if (!labels.is_object()) labels = json::object();
  for (const auto& [key, value] : childLabels(app, shardName, revision)) {
    // Ours select, so they win; the common ones describe, so the user's stay.
    if (key.starts_with("tidewright.dev/") || !labels.contains(key)) labels[key] = value;
  }
  json& podSpec = out["spec"];
  if (shard != nullptr) addVariables(podSpec, *shard);
  if (app.spec.availability.preStopSleepSeconds > 0) addSleep(podSpec, app.spec.availability.preStopSleepSeconds);
  if (app.spec.availability.topologySpread) addSpread(podSpec, selectorOf(app, shardName));
  return out;
}

bool hasReadinessProbe(const json& podTemplate) {
  if (!podTemplate.is_object()) return false;
  const json podSpec = podTemplate.value("spec", json::object());
  const json containers = podSpec.is_object() ? podSpec.value("containers", json::array()) : json::array();
  return std::ranges::any_of(
      containers, [](const json& container) { return container.is_object() && says(container, "readinessProbe"); });
}

}  // namespace tidewright::decide
