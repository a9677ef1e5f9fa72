#include "operator/api/autoscaling.h"

#include <algorithm>
#include <limits>
#include <set>

#include <date/tz.h>

#include "operator/api/field_reader.h"

namespace tidewright::api {
namespace {

using std::chrono::seconds;

constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
constexpr int32_t kDay = 86400;

/// autoscaling/v2's own limits.
constexpr int32_t kLongestWindow = 3600;
constexpr int32_t kLongestPeriod = 1800;

constexpr std::array<std::pair<std::string_view, ScalingMode>, 3> kModes{
    {{"Active", ScalingMode::Active}, {"DryRun", ScalingMode::DryRun}, {"Paused", ScalingMode::Paused}}};
constexpr std::array<std::pair<std::string_view, OnNoData>, 2> kOnNoData{
    {{"Hold", OnNoData::Hold}, {"Zero", OnNoData::Zero}}};
constexpr std::array<std::pair<std::string_view, Aggregate>, 1> kAggregates{{{"Sum", Aggregate::Sum}}};
constexpr std::array<std::pair<std::string_view, Target::Type>, 2> kTargetTypes{
    {{"AverageValue", Target::Type::AverageValue}, {"Value", Target::Type::Value}}};
constexpr std::array<std::pair<std::string_view, Fallback::Behavior>, 3> kFallbacks{
    {{"Static", Fallback::Behavior::Static},
     {"AtLeast", Fallback::Behavior::AtLeast},
     {"AtMost", Fallback::Behavior::AtMost}}};
constexpr std::array<std::pair<std::string_view, SelectPolicy>, 3> kSelectPolicies{
    {{"Max", SelectPolicy::Max}, {"Min", SelectPolicy::Min}, {"Disabled", SelectPolicy::Disabled}}};
constexpr std::array<std::pair<std::string_view, ScalingPolicy::Type>, 2> kPolicyTypes{
    {{"Pods", ScalingPolicy::Type::Pods}, {"Percent", ScalingPolicy::Type::Percent}}};

Query readQuery(FieldReader in, seconds poll) {
  Query query{.serverAddress = in.text("serverAddress"), .query = in.requiredText("query")};
  query.aggregate = in.oneOf("aggregate", Aggregate::None, kAggregates);
  query.maxAge = in.seconds("maxAgeSeconds", 2 * poll + seconds{30}, 1, kDay);
  query.select = in.texts("select");
  query.authRef.name = in.object("authRef").text("name");
  FieldReader tls = in.object("tls");
  query.tls = {.caRef = {tls.object("caRef").text("name")},
               .certRef = {tls.object("certRef").text("name")},
               .serverName = tls.text("serverName"),
               .insecureSkipVerify = tls.boolean("insecureSkipVerify", false)};
  return query;
}

Target readTarget(FieldReader in) {
  Target target{.type = in.oneOf("type", Target::Type::AverageValue, kTargetTypes),
                .value = in.quantity("value", Quantity{})};
  if (target.value.milli <= 0) in.refuse("value", "is missing or not above 0; write what one pod should carry");
  return target;
}

Fallback readFallback(FieldReader in) {
  if (!in.has("afterSeconds")) in.refuse("afterSeconds", "is missing; write after how long without data it applies");
  if (!in.has("replicas")) in.refuse("replicas", "is missing; write the count to fall back to");
  return {.after = in.seconds("afterSeconds", seconds{0}, 0, kDay),
          .replicas = in.integer("replicas", 0, 0, kMost),
          .behavior = in.oneOf("behavior", Fallback::Behavior::Static, kFallbacks)};
}

Metric readMetric(FieldReader in, seconds poll) {
  Metric metric{.name = in.requiredText("name"),
                .prometheus = readQuery(in.object("prometheus"), poll),
                .onNoData = in.object("prometheus").oneOf("onNoData", OnNoData::Hold, kOnNoData),
                .target = readTarget(in.object("target")),
                .activation = in.quantity("activation", Quantity{})};
  if (metric.activation.milli < 0) in.refuse("activation", "is below 0; write 0 or more");
  if (in.has("fallback")) metric.fallback = readFallback(in.object("fallback"));
  return metric;
}

ScalingRules readRules(FieldReader in, ScalingRules rules) {
  rules.stabilizationWindow = in.seconds("stabilizationWindowSeconds", rules.stabilizationWindow, 0, kLongestWindow);
  rules.selectPolicy = in.oneOf("selectPolicy", rules.selectPolicy, kSelectPolicies);
  const Quantity tolerance = in.quantity("tolerance", Quantity{rules.tolerance * 1000});
  if (tolerance.milli < 0) in.refuse("tolerance", "is below 0; write a share such as 0.1");
  rules.tolerance = tolerance.value();
  std::vector<ScalingPolicy> policies;
  in.eachOf("policies", 0, 20, [&policies](FieldReader policy) {
    for (const char* name : {"type", "value", "periodSeconds"}) {
      if (!policy.has(name)) policy.refuse(name, "is missing; a policy has type, value and periodSeconds");
    }
    policies.push_back({.type = policy.oneOf("type", ScalingPolicy::Type::Pods, kPolicyTypes),
                        .value = policy.integer("value", 1, 1, kMost),
                        .period = policy.seconds("periodSeconds", seconds{60}, 1, kLongestPeriod)});
  });
  // As in autoscaling/v2, an absent list means the default policies, whatever else is set beside it.
  if (!policies.empty()) rules.policies = std::move(policies);
  return rules;
}

Cron readCron(FieldReader& in, const char* name) {
  const std::string text = in.requiredText(name);
  Result<Cron> cron = Cron::parse(text);
  if (cron) return *std::move(cron);
  in.refuse(name, cron.error().message());
  return {};
}

const date::time_zone* locate(FieldReader& in, const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    in.refuse("timeZone",
              fmt::format("\"{}\" is no known time zone; write an IANA name such as Europe/Berlin or UTC", name));
    return nullptr;
  }
}

Schedule readSchedule(FieldReader in, const Autoscaling& policy) {
  Schedule schedule{.name = in.requiredText("name"),
                    .start = readCron(in, "start"),
                    .end = readCron(in, "end"),
                    .timeZone = in.requiredText("timeZone"),
                    .replicas = in.optionalInteger("replicas", 0, kMost),
                    .minReplicas = in.optionalInteger("minReplicas", 0, kMost),
                    .maxReplicas = in.optionalInteger("maxReplicas", 1, kMost)};
  schedule.zone = locate(in, schedule.timeZone);
  if (schedule.start == schedule.end) in.refuse("end", "equals start; the schedule would never be active");
  if (!schedule.replicas && !schedule.minReplicas && !schedule.maxReplicas) {
    in.refuse("", "changes nothing; write replicas, minReplicas or maxReplicas");
  }
  const int32_t most = schedule.maxReplicas.value_or(policy.maxReplicas);
  const int32_t least = std::max(schedule.minReplicas.value_or(policy.minReplicas), schedule.replicas.value_or(0));
  if (least > most) {
    in.refuse(schedule.replicas.value_or(-1) == least ? "replicas"
              : schedule.minReplicas                  ? "minReplicas"
                                                      : "maxReplicas",
              fmt::format("while it is active the least is {} and the most {}; raise maxReplicas or lower the other",
                          least, most));
  }
  return schedule;
}

Panic readPanic(FieldReader in, const Autoscaling& policy) {
  Panic panic{.window = in.seconds("windowSeconds", seconds{60}, 1, kLongestWindow),
              .thresholdPercent = in.integer("thresholdPercent", 200, 101, 100000)};
  if (!policy.metrics.empty()) panic.query = policy.metrics.front().prometheus;
  panic.query.query = in.requiredText("query");
  return panic;
}

template <class Items>
void refuseRepeatedNames(FieldReader& in, const char* list, const Items& items) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (seen.insert(items[i].name).second) continue;
    in.refuse(fmt::format("{}[{}].name", list, i),
              fmt::format("\"{}\" is there twice; give each its own name", items[i].name));
  }
}

template <class E, std::size_t N>
std::string_view nameOf(E value, const std::array<std::pair<std::string_view, E>, N>& names) {
  for (const auto& [text, e] : names) {
    if (e == value) return text;
  }
  return "";
}

}  // namespace

std::string_view toString(ScalingMode mode) { return nameOf(mode, kModes); }
std::string_view toString(Target::Type type) { return nameOf(type, kTargetTypes); }
std::string_view toString(Fallback::Behavior behavior) { return nameOf(behavior, kFallbacks); }

bool Autoscaling::isPaused(Direction direction) const {
  return std::ranges::find(pausedDirections, direction) != pausedDirections.end();
}

Result<Query> parseQuery(const nlohmann::json& value, std::string_view path, seconds poll) {
  std::optional<Error> error;
  Query query = readQuery(FieldReader(value, std::string(path), error), poll);
  if (error) return fail(*std::move(error));
  return query;
}

Result<Behavior> parseBehavior(const nlohmann::json& value, std::string_view path) {
  std::optional<Error> error;
  FieldReader in(value, std::string(path), error);
  const Behavior defaults;
  Behavior behavior{.scaleUp = readRules(in.object("scaleUp"), defaults.scaleUp),
                    .scaleDown = readRules(in.object("scaleDown"), defaults.scaleDown)};
  if (error) return fail(*std::move(error));
  return behavior;
}

Result<Autoscaling> parseAutoscaling(const nlohmann::json& value, std::string_view path) {
  std::optional<Error> error;
  FieldReader in(value, std::string(path), error);
  Autoscaling policy{.mode = in.oneOf("mode", ScalingMode::Active, kModes),
                     .minReplicas = in.integer("minReplicas", 1, 0, kMost),
                     .maxReplicas = in.integer("maxReplicas", 1, 1, kMost),
                     .poll = in.seconds("pollSeconds", seconds{15}, 1, 3600),
                     .cooldown = in.seconds("cooldownSeconds", seconds{300}, 0, kDay)};
  if (!in.has("maxReplicas")) in.refuse("maxReplicas", "is missing; write the most pods that may ever run");
  if (policy.minReplicas > policy.maxReplicas) {
    in.refuse("maxReplicas", fmt::format("{} is below minReplicas {}; raise it or lower minReplicas",
                                         policy.maxReplicas, policy.minReplicas));
  }
  in.eachOf("metrics", 1, 20, [&](FieldReader metric) { policy.metrics.push_back(readMetric(metric, policy.poll)); });
  refuseRepeatedNames(in, "metrics", policy.metrics);

  FieldReader behavior = in.object("behavior");
  policy.behavior.scaleUp = readRules(behavior.object("scaleUp"), policy.behavior.scaleUp);
  policy.behavior.scaleDown = readRules(behavior.object("scaleDown"), policy.behavior.scaleDown);

  in.eachOf("schedules", 0, 50, [&](FieldReader each) { policy.schedules.push_back(readSchedule(each, policy)); });
  refuseRepeatedNames(in, "schedules", policy.schedules);
  if (in.has("panic")) policy.panic = readPanic(in.object("panic"), policy);
  for (const std::string& direction : in.textList("pausedDirections")) {
    if (direction == "Up") {
      policy.pausedDirections.push_back(Direction::Up);
    } else if (direction == "Down") {
      policy.pausedDirections.push_back(Direction::Down);
    } else {
      in.refuse("pausedDirections", fmt::format("\"{}\" is unknown; write Up or Down", direction));
    }
  }
  if (error) return fail(*std::move(error));
  return policy;
}

}  // namespace tidewright::api
