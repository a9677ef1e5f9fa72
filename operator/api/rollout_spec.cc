#include "operator/api/rollout_spec.h"

#include <limits>

namespace tidewright::api {
namespace {

constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
constexpr int32_t kWeek = 7 * 86400;
constexpr size_t kMostSteps = 50;
constexpr size_t kMostAnalyses = 20;

constexpr std::array<std::pair<std::string_view, RolloutStrategy>, 4> kStrategies{
    {{"RollingUpdate", RolloutStrategy::RollingUpdate},
     {"Canary", RolloutStrategy::Canary},
     {"BlueGreen", RolloutStrategy::BlueGreen},
     {"Recreate", RolloutStrategy::Recreate}}};
constexpr std::array<std::pair<std::string_view, OnConfigChange>, 2> kOnConfigChange{
    {{"Ignore", OnConfigChange::Ignore}, {"Restart", OnConfigChange::Restart}}};

RolloutStep readStep(FieldReader in) {
  const int kinds = in.has("setWeight") + in.has("pause") + in.has("analysis");
  if (kinds != 1) in.refuse("", "needs exactly one of setWeight, pause, analysis; make a step of each");
  if (in.has("setWeight")) return SetWeight{in.integer("setWeight", 0, 0, 100)};
  if (in.has("analysis")) return AnalysisStep{in.object("analysis").textList("metrics")};
  const std::optional<int32_t> pause = in.object("pause").optionalInteger("seconds", 1, kWeek);
  return Pause{pause ? std::optional(std::chrono::seconds(*pause)) : std::nullopt};
}

IntOrPercent readLimit(FieldReader& in, const nlohmann::json& value, const char* name, IntOrPercent otherwise) {
  if (!in.has(name)) return otherwise;
  const Result<IntOrPercent> limit = parseIntOrPercent(value.at(name));
  if (limit) return *limit;
  in.refuse(name, limit.error().message());
  return otherwise;
}

}  // namespace

std::string_view toString(RolloutStrategy strategy) {
  for (const auto& [name, e] : kStrategies) {
    if (e == strategy) return name;
  }
  return "RollingUpdate";
}

Result<RolloutSpec> parseRolloutSpec(const nlohmann::json& value, std::string_view path) {
  std::optional<Error> error;
  FieldReader in(value, std::string(path), error);
  RolloutSpec spec;
  spec.strategy = in.oneOf("strategy", spec.strategy, kStrategies);
  spec.maxSurge = readLimit(in, value, "maxSurge", spec.maxSurge);
  spec.maxUnavailable = readLimit(in, value, "maxUnavailable", spec.maxUnavailable);
  spec.minReadySeconds = in.integer("minReadySeconds", spec.minReadySeconds, 0, kMost);
  spec.progressDeadline = in.seconds("progressDeadlineSeconds", spec.progressDeadline, 1, kMost);
  spec.autoRollback = in.boolean("autoRollback", spec.autoRollback);
  spec.onConfigChange = in.oneOf("onConfigChange", spec.onConfigChange, kOnConfigChange);
  in.eachOf("steps", 0, kMostSteps, [&spec](FieldReader step) { spec.steps.push_back(readStep(step)); });

  FieldReader canary = in.object("canary");
  spec.stableService = canary.boolean("stableService", false);
  spec.canaryService = canary.boolean("canaryService", false);
  if (canary.has("gatewayRoute")) {
    FieldReader route = canary.object("gatewayRoute");
    spec.gatewayRoute = GatewayRoute{.name = route.requiredText("name"), .routeNamespace = route.text("namespace")};
    // The route leads to these two.
    spec.stableService = spec.canaryService = true;
  }
  FieldReader blueGreen = in.object("blueGreen");
  spec.autoPromote = blueGreen.boolean("autoPromote", true);
  spec.scaleDownDelay = blueGreen.seconds("scaleDownDelaySeconds", spec.scaleDownDelay, 0, kWeek);

  in.eachOf("analysis", 0, kMostAnalyses, [&](FieldReader item) {
    spec.analysis.push_back(readAnalysisMetric(item, value.at("analysis").at(spec.analysis.size())));
  });
  if (error) return fail(*error);
  return spec;
}

}  // namespace tidewright::api
