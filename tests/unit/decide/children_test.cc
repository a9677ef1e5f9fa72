#include "operator/decide/children.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/decide/health.h"
#include "operator/decide/labels.h"
#include "operator/decide/pod_template.h"
#include "operator/decide/revision_source.h"

namespace tidewright::decide {
namespace {

using nlohmann::json;

api::ScaledApp app(json spec) {
  if (!spec.contains("template")) {
    spec["template"] = {{"metadata", {{"labels", {{"team", "shop"}}}}},
                        {"spec", {{"containers", {{{"name", "web"}}}}}}};
  }
  const auto parsed = api::parseScaledApp(
      {{"metadata", {{"name", "web"}, {"namespace", "shop"}, {"uid", "u-1"}}}, {"spec", std::move(spec)}});
  EXPECT_TRUE(parsed) << parsed.error().message();
  return *parsed;
}

json named(const std::vector<json>& manifests, const std::string& kind, const std::string& name) {
  const auto found = std::ranges::find_if(manifests, [&](const json& manifest) {
    return manifest["kind"] == kind && manifest["metadata"]["name"] == name;
  });
  return found == manifests.end() ? json() : *found;
}

RolloutDecision decision(const std::string& stable, const std::string& current) {
  RolloutDecision out;
  out.status = {.stableRevision = stable, .currentRevision = current};
  out.complete = stable == current;
  out.progressing = {"Progressing", api::ConditionStatus::True, "ReplicaSetUpdated", "moving"};
  out.available = {"Available", api::ConditionStatus::True, "MinimumReplicasAvailable", "all"};
  return out;
}

TEST(PodTemplate, PausesBeforeTheSignalAndRaisesTheGracePeriodByIt) {
  const json pod = podTemplateFor(app(json::object()), nullptr, "abc")["spec"];
  EXPECT_EQ(pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"], 5);
  EXPECT_EQ(pod["terminationGracePeriodSeconds"], 35);
}

TEST(PodTemplate, LeavesThePreStopOfTheUserAlone) {
  const json preStop = {{"exec", {{"command", {"drain"}}}}};
  const json own = {{"spec",
                     {{"terminationGracePeriodSeconds", 60},
                      {"containers", {{{"name", "web"}, {"lifecycle", {{"preStop", preStop}}}}}}}}};
  const json pod = podTemplateFor(app({{"template", own}}), nullptr, "abc")["spec"];
  EXPECT_EQ(pod["containers"][0]["lifecycle"]["preStop"], preStop);
  EXPECT_EQ(pod["terminationGracePeriodSeconds"], 60);
}

TEST(PodTemplate, SpreadsSoftlyPerRevisionUnlessTheUserPlacesThePods) {
  const json spread = podTemplateFor(app(json::object()), nullptr, "abc")["spec"]["topologySpreadConstraints"];
  ASSERT_EQ(spread.size(), 2U);
  EXPECT_EQ(spread[0]["whenUnsatisfiable"], "ScheduleAnyway");
  EXPECT_EQ(spread[0]["matchLabelKeys"], json({"tidewright.dev/revision"}));
  const json own = {{"spec", {{"affinity", {{"nodeAffinity", {{"a", 1}}}}}, {"containers", {{{"name", "web"}}}}}}};
  EXPECT_FALSE(podTemplateFor(app({{"template", own}}), nullptr, "abc")["spec"].contains("topologySpreadConstraints"));
}

TEST(PodTemplate, IsTheUsersOwnWhereAvailabilityIsOff) {
  const auto plain = app({{"availability", {{"topologySpread", false}, {"preStopSleepSeconds", 0}}}});
  EXPECT_EQ(podTemplateFor(plain, nullptr, "abc")["spec"], plain.spec.podTemplate["spec"]);
}

TEST(PodTemplate, KeepsTheUsersLabelsAndAddsTheSelectors) {
  const json labels = podTemplateFor(app(json::object()), nullptr, "abc")["metadata"]["labels"];
  EXPECT_EQ(labels["team"], "shop");
  EXPECT_EQ(labels["tidewright.dev/app"], "web");
  EXPECT_EQ(labels["tidewright.dev/revision"], "abc");
}

TEST(PodTemplate, TellsAShardWhichOneItIs) {
  const auto sharded = app({{"shards", {{{"name", "eu"}, {"env", {{"REGION", "europe"}}}}}}});
  const json env = podTemplateFor(sharded, &sharded.spec.shards[0], "abc")["spec"]["containers"][0]["env"];
  EXPECT_EQ(env, (json{{{"name", "REGION"}, {"value", "europe"}}, {{"name", "SHARD"}, {"value", "eu"}}}));
}

TEST(ReplicaSetManifest, IsOwnedAndSelectsItsRevisionOnly) {
  const json set =
      replicaSetManifest(app(json::object()), nullptr,
                         {.revision = {"abc", "f"}, .replicas = 3, .record = {.fingerprint = "f", .number = 2}});
  EXPECT_EQ(set["metadata"]["name"], "web-abc");
  EXPECT_EQ(set["metadata"]["ownerReferences"][0]["uid"], "u-1");
  EXPECT_EQ(set["metadata"]["ownerReferences"][0]["controller"], true);
  EXPECT_EQ(set["metadata"]["annotations"]["tidewright.dev/revision-number"], "2");
  EXPECT_EQ(set["spec"]["replicas"], 3);
  EXPECT_EQ(set["spec"]["minReadySeconds"], 2);
  EXPECT_EQ(set["spec"]["selector"]["matchLabels"],
            (json{{"tidewright.dev/app", "web"}, {"tidewright.dev/revision", "abc"}}));
}

TEST(ReplicaSetManifest, RecordsWhatTheUserWroteAndNotWhatWasAdded) {
  const auto web = app(json::object());
  const json set = replicaSetManifest(web, nullptr, {.revision = {"abc", "f"}});
  const auto source = sourceFrom(set["metadata"]["annotations"][std::string(kSourceAnnotation)].get<std::string>());
  ASSERT_TRUE(source);
  EXPECT_EQ(source->podTemplate, web.spec.podTemplate);
  EXPECT_NE(set["spec"]["template"], web.spec.podTemplate);
}

TEST(MergePatch, RemovesAnAnnotationByNull) {
  const json patch = mergePatch({.name = "web-abc", .replicas = 2, .annotations = {{"a", "1"}, {"b", std::nullopt}}});
  EXPECT_EQ(patch, json::parse(R"({"spec":{"replicas":2},"metadata":{"annotations":{"a":"1","b":null}}})"));
}

const json kPorts = {{{"name", "http"}, {"port", 80}}};

TEST(Children, AppWithPortsHasAServiceAndABudget) {
  const auto children = childManifests(app({{"service", {{"ports", kPorts}, {"sessionAffinity", "ClientIP"}}}}),
                                       {{nullptr, decision("abc", "abc")}});
  ASSERT_EQ(children.size(), 2U);
  const json service = named(children, "Service", "web");
  EXPECT_EQ(service["spec"]["selector"], (json{{"tidewright.dev/app", "web"}}));
  EXPECT_EQ(service["spec"]["sessionAffinity"], "ClientIP");
  EXPECT_EQ(named(children, "PodDisruptionBudget", "web")["spec"]["maxUnavailable"], 1);
}

TEST(Children, WithoutPortsThereIsNoService) {
  const auto children = childManifests(app({{"availability", {{"podDisruptionBudget", false}}}}), {{nullptr, {}}});
  EXPECT_TRUE(children.empty());
}

TEST(Children, HeadlessIsAClusterIPWithoutAddress) {
  const json service = named(
      childManifests(app({{"service", {{"ports", kPorts}, {"type", "Headless"}}}}), {{nullptr, {}}}), "Service", "web");
  EXPECT_EQ(service["spec"]["type"], "ClusterIP");
  EXPECT_EQ(service["spec"]["clusterIP"], "None");
}

TEST(Children, EachShardHasItsOwnAndOneServiceCoversAll) {
  const auto sharded = app({{"service", {{"ports", kPorts}}}, {"shards", {{{"name", "eu"}}, {{"name", "us"}}}}});
  const auto children = childManifests(sharded, {{&sharded.spec.shards[0], {}}, {&sharded.spec.shards[1], {}}});
  EXPECT_EQ(named(children, "Service", "web")["spec"]["selector"], (json{{"tidewright.dev/app", "web"}}));
  EXPECT_EQ(named(children, "Service", "web-us")["spec"]["selector"],
            (json{{"tidewright.dev/app", "web"}, {"tidewright.dev/shard", "us"}}));
  EXPECT_FALSE(named(children, "PodDisruptionBudget", "web-eu").is_null());
}

TEST(Children, BlueGreenSelectsTheActiveSideAndPreviewsTheOther) {
  RolloutDecision rollout = decision("blue", "green");
  rollout.activeRevision = "blue";
  rollout.previewRevision = "green";
  const auto children = childManifests(
      app({{"service", {{"ports", kPorts}}}, {"rollout", {{"strategy", "BlueGreen"}}}}), {{nullptr, rollout}});
  EXPECT_EQ(named(children, "Service", "web")["spec"]["selector"]["tidewright.dev/revision"], "blue");
  EXPECT_EQ(named(children, "Service", "web-preview")["spec"]["selector"]["tidewright.dev/revision"], "green");
}

TEST(Children, StableAndCanaryServicesFollowTheRevisions) {
  const auto canary =
      app({{"service", {{"ports", kPorts}}},
           {"rollout", {{"strategy", "Canary"}, {"canary", {{"stableService", true}, {"canaryService", true}}}}}});
  const auto children = childManifests(canary, {{nullptr, decision("old", "new")}});
  EXPECT_EQ(named(children, "Service", "web-stable")["spec"]["selector"]["tidewright.dev/revision"], "old");
  EXPECT_EQ(named(children, "Service", "web-canary")["spec"]["selector"]["tidewright.dev/revision"], "new");
}

TEST(Children, TheContentHashChangesWithTheContentAndOnlyThen) {
  const auto hash = [](const json& spec) {
    const json service = named(childManifests(app(spec), {{nullptr, {}}}), "Service", "web");
    return service["metadata"]["annotations"][std::string(kAppliedAnnotation)].get<std::string>();
  };
  const json spec = {{"service", {{"ports", kPorts}}}};
  EXPECT_EQ(hash(spec), hash(spec));
  EXPECT_NE(hash(spec), hash({{"service", {{"ports", kPorts}, {"type", "NodePort"}}}}));
}

struct HealthCase {
  const char* name;
  RolloutDecision rollout;
  int32_t desired;
  api::Phase want;
};
class HealthOf : public testing::TestWithParam<HealthCase> {};
TEST_P(HealthOf, IsOneWord) {
  const auto& c = GetParam();
  EXPECT_EQ(healthOf(app(json::object()), {{"", c.desired, &c.rollout}}).phase, c.want);
}

RolloutDecision rolledBack() {
  RolloutDecision out = decision("old", "new");
  out.rolledBack = true;
  out.progressing.status = api::ConditionStatus::False;
  return out;
}
RolloutDecision lostPods() {
  RolloutDecision out = decision("abc", "abc");
  out.complete = false;
  out.available.status = api::ConditionStatus::False;
  return out;
}
RolloutDecision stepWaits() {
  RolloutDecision out = decision("old", "new");
  out.status.rollout.pausedAt = WallTime{};
  return out;
}
RolloutDecision late() {
  RolloutDecision out = decision("", "new");
  out.progressing.status = api::ConditionStatus::False;
  return out;
}

INSTANTIATE_TEST_SUITE_P(Phases, HealthOf,
                         testing::Values(HealthCase{"Healthy", decision("abc", "abc"), 3, api::Phase::Healthy},
                                         HealthCase{"Suspended", decision("abc", "abc"), 0, api::Phase::Suspended},
                                         HealthCase{"Progressing", decision("old", "new"), 3, api::Phase::Progressing},
                                         HealthCase{"RolledBack", rolledBack(), 3, api::Phase::RolledBack},
                                         HealthCase{"Degraded", lostPods(), 3, api::Phase::Degraded},
                                         HealthCase{"Paused", stepWaits(), 3, api::Phase::Paused},
                                         HealthCase{"Late", late(), 3, api::Phase::Degraded}),
                         [](const auto& c) { return c.param.name; });

TEST(Health, TheWorstShardSpeaks) {
  const RolloutDecision good = decision("abc", "abc"), bad = rolledBack();
  const Health health = healthOf(app(json::object()), {{"eu", 3, &good}, {"us", 3, &bad}});
  EXPECT_EQ(health.phase, api::Phase::RolledBack);
  EXPECT_THAT(health.message, testing::StartsWith("shard us: "));
}

TEST(Health, WarnsWithoutAReadinessProbe) {
  const RolloutDecision good = decision("abc", "abc");
  const auto conditions = healthOf(app(json::object()), {{"", 3, &good}}).conditions;
  const auto zero = std::ranges::find(conditions, "ZeroDowntime", &ConditionValue::type);
  ASSERT_NE(zero, conditions.end());
  EXPECT_EQ(zero->reason, "NoReadinessProbe");
}

}  // namespace
}  // namespace tidewright::decide
