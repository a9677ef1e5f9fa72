#include "operator/api/scaled_app.h"

#include <limits>

#include "operator/api/field_reader.h"
#include "operator/timestamp.h"

namespace tidewright::api {
namespace {

constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
constexpr size_t kMostShards = 100;

const nlohmann::json& member(const nlohmann::json& object, const char* name) {
  static const nlohmann::json absent;
  if (!object.is_object()) return absent;
  const auto found = object.find(name);
  return found == object.end() ? absent : *found;
}

}  // namespace

Result<ScaledAppSpec> parseScaledAppSpec(const nlohmann::json& value) {
  std::optional<Error> error;
  FieldReader in(value, "spec", error);
  ScaledAppSpec spec;
  spec.replicas = in.optionalInteger("replicas", 0, kMost);
  spec.paused = in.boolean("paused", false);
  spec.revisionHistoryLimit = in.integer("revisionHistoryLimit", spec.revisionHistoryLimit, 0, kMost);
  if (in.has("restartAt")) {
    const Result<WallTime> time = parseTimestamp(in.text("restartAt"));
    if (time) {
      spec.restartAt = *time;
    } else {
      in.refuse("restartAt", time.error().message());
    }
  }

  const nlohmann::json& podTemplate = member(value, "template");
  if (!podTemplate.is_null() && !podTemplate.is_object())
    in.refuse("template", "is not a pod template; write {spec: ...}");
  spec.podTemplate = podTemplate;
  if (in.has("targetRef")) {
    FieldReader ref = in.object("targetRef");
    spec.targetRef = TargetRef{ref.requiredText("apiVersion"), ref.requiredText("kind"), ref.requiredText("name")};
  }

  FieldReader availability = in.object("availability");
  spec.availability.podDisruptionBudget = availability.boolean("podDisruptionBudget", true);
  spec.availability.topologySpread = availability.boolean("topologySpread", true);
  spec.availability.preStopSleepSeconds =
      availability.integer("preStopSleepSeconds", spec.availability.preStopSleepSeconds, 0, 3600);
  in.eachOf("shards", 0, kMostShards, [&spec](FieldReader shard) {
    spec.shards.push_back({.name = shard.requiredText("name"), .env = shard.texts("env")});
  });
  if (error) return fail(*error);

  Result<ServiceSpec> service = parseServiceSpec(member(value, "service"));
  if (!service) return fail(service.error());
  spec.service = *std::move(service);
  Result<RolloutSpec> rollout = parseRolloutSpec(member(value, "rollout"));
  if (!rollout) return fail(rollout.error());
  spec.rollout = *std::move(rollout);
  if (in.has("autoscaling")) {
    Result<Autoscaling> autoscaling = parseAutoscaling(value.at("autoscaling"));
    if (!autoscaling) return fail(autoscaling.error());
    spec.autoscaling = *std::move(autoscaling);
  }
  return spec;
}

Result<ScaledApp> parseScaledApp(const nlohmann::json& object) {
  std::optional<Error> error;
  const nlohmann::json& metadata = member(object, "metadata");
  FieldReader in(metadata, "metadata", error);
  ScaledApp app{.name = in.requiredText("name"), .ns = in.text("namespace"), .uid = in.text("uid")};
  app.annotations = in.texts("annotations");
  const nlohmann::json& generation = member(metadata, "generation");
  if (generation.is_number_integer()) app.generation = generation.get<int64_t>();
  if (error) return fail(*error);
  Result<ScaledAppSpec> spec = parseScaledAppSpec(member(object, "spec"));
  if (!spec) return fail(spec.error());
  app.spec = *std::move(spec);
  return app;
}

}  // namespace tidewright::api
