#include "operator/api/scaled_app_status.h"

#include <array>

#include "operator/api/stored.h"

namespace tidewright::api {
namespace {

constexpr std::array<std::pair<std::string_view, Phase>, 7> kPhases{{{"Healthy", Phase::Healthy},
                                                                     {"Progressing", Phase::Progressing},
                                                                     {"Paused", Phase::Paused},
                                                                     {"Degraded", Phase::Degraded},
                                                                     {"RolledBack", Phase::RolledBack},
                                                                     {"Suspended", Phase::Suspended},
                                                                     {"Invalid", Phase::Invalid}}};

void write(const WorkloadStatus& workload, nlohmann::json& out) {
  if (!workload.stableRevision.empty()) out["stableRevision"] = workload.stableRevision;
  if (!workload.currentRevision.empty()) out["currentRevision"] = workload.currentRevision;
  if (nlohmann::json rollout = toJson(workload.rollout); !rollout.empty()) out["rollout"] = std::move(rollout);
}

WorkloadStatus readWorkload(const Stored& stored) {
  return {.stableRevision = stored.text("stableRevision"),
          .currentRevision = stored.text("currentRevision"),
          .rollout = parseRolloutStatus(stored.at("rollout"))};
}

void write(const AutoscalingStatus& autoscaling, nlohmann::json& out) {
  if (autoscaling == AutoscalingStatus{}) return;
  out["autoscaling"] = toJson(autoscaling);
}

}  // namespace

std::string_view toString(Phase phase) {
  for (const auto& [name, e] : kPhases) {
    if (e == phase) return name;
  }
  return "Progressing";
}

nlohmann::json toJson(const ScaledAppStatus& status) {
  nlohmann::json out = {{"observedGeneration", status.observedGeneration},
                        {"conditions", toJson(status.conditions)},
                        {"phase", toString(status.phase)},
                        {"message", status.message},
                        {"desiredReplicas", status.desiredReplicas},
                        // Zeros are written too: the scale subresource and the columns read them.
                        {"replicas", status.counts.replicas},
                        {"readyReplicas", status.counts.readyReplicas},
                        {"updatedReplicas", status.counts.updatedReplicas},
                        {"availableReplicas", status.counts.availableReplicas},
                        {"selector", status.selector}};
  write(status.workload, out);
  write(status.autoscaling, out);
  for (const ShardStatus& shard : status.shards) {
    nlohmann::json item = {{"name", shard.name}, {"desired", shard.desired}, {"ready", shard.ready}};
    write(shard.workload, item);
    write(shard.autoscaling, item);
    out["shards"].push_back(std::move(item));
  }
  if (status.lastCommand) {
    out["lastCommand"] = {{"name", status.lastCommand->name},
                          {"time", formatTimestamp(status.lastCommand->time)},
                          {"result", status.lastCommand->result}};
  }
  return out;
}

ScaledAppStatus parseScaledAppStatus(const nlohmann::json& value) {
  const Stored stored(value);
  ScaledAppStatus status;
  status.observedGeneration = stored.integer("observedGeneration");
  status.conditions = parseConditions(stored.at("conditions"));
  const std::string phase = stored.text("phase");
  for (const auto& [name, e] : kPhases) {
    if (phase == name) status.phase = e;
  }
  status.message = stored.text("message");
  status.desiredReplicas = stored.count("desiredReplicas");
  status.counts = {stored.count("replicas"), stored.count("readyReplicas"), stored.count("updatedReplicas"),
                   stored.count("availableReplicas")};
  status.selector = stored.text("selector");
  status.workload = readWorkload(stored);
  status.autoscaling = parseAutoscalingStatus(stored.at("autoscaling"));
  if (const nlohmann::json& shards = stored.at("shards"); shards.is_array()) {
    for (const nlohmann::json& item : shards) {
      const Stored shard(item);
      if (shard.text("name").empty()) continue;
      status.shards.push_back({.name = shard.text("name"),
                               .desired = shard.count("desired"),
                               .ready = shard.count("ready"),
                               .workload = readWorkload(shard),
                               .autoscaling = parseAutoscalingStatus(shard.at("autoscaling"))});
    }
  }
  const Stored command(stored.at("lastCommand"));
  if (const std::optional<WallTime> time = command.time("time")) {
    status.lastCommand = LastCommand{command.text("name"), *time, command.text("result")};
  }
  return status;
}

}  // namespace tidewright::api
