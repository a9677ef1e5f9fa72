#include "operator/decide/children.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/decide/labels.h"
#include "operator/decide/pod_template.h"
#include "operator/decide/revision_source.h"
#include "tests/unit/decide/app_fixtures.h"

namespace tidewright::decide {
namespace {

using nlohmann::json;

json named(const std::vector<json>& manifests, const std::string& kind, const std::string& name) {
  const auto found = std::ranges::find_if(manifests, [&](const json& manifest) {
    return manifest["kind"] == kind && manifest["metadata"]["name"] == name;
  });
  return found == manifests.end() ? json() : *found;
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

TEST(PodTemplate, TakesWhatIsEmptyOrNullForNotSaid) {
  const json own = {{"spec",
                     {{"affinity", nullptr},
                      {"topologySpreadConstraints", json::array()},
                      {"terminationGracePeriodSeconds", nullptr},
                      {"containers",
                       {{{"name", "web"}, {"lifecycle", {{"postStart", {{"a", 1}}}}}},
                        {{"name", "side"}, {"lifecycle", nullptr}}}}}}};
  const json pod = podTemplateFor(app({{"template", own}}), nullptr, "abc")["spec"];
  EXPECT_EQ(pod["topologySpreadConstraints"].size(), 2U);
  EXPECT_EQ(pod["terminationGracePeriodSeconds"], 35);
  EXPECT_EQ(pod["containers"][0]["lifecycle"]["postStart"], (json{{"a", 1}}));
  for (const json& container : pod["containers"]) EXPECT_EQ(container["lifecycle"]["preStop"]["sleep"]["seconds"], 5);
}

TEST(PodTemplate, AddsTheSleepToTheGracePeriodOfTheUser) {
  const json own = {{"spec", {{"terminationGracePeriodSeconds", 60}, {"containers", {{{"name", "web"}}}}}}};
  EXPECT_EQ(podTemplateFor(app({{"template", own}}), nullptr, "abc")["spec"]["terminationGracePeriodSeconds"], 65);
}

TEST(PodTemplate, LeavesTheUsersSpreadAlone) {
  const json constraints = {{{"maxSkew", 3}}};
  const json own = {{"spec", {{"topologySpreadConstraints", constraints}, {"containers", {{{"name", "web"}}}}}}};
  EXPECT_EQ(podTemplateFor(app({{"template", own}}), nullptr, "abc")["spec"]["topologySpreadConstraints"], constraints);
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

TEST(PodTemplate, KeepsTheUsersDescribingLabelsAndNotTheSelecting) {
  const json own = {
      {"metadata", {{"labels", {{"app.kubernetes.io/managed-by", "helm"}, {"tidewright.dev/app", "another"}}}}},
      {"spec", {{"containers", {{{"name", "web"}}}}}}};
  const json labels = podTemplateFor(app({{"template", own}}), nullptr, "abc")["metadata"]["labels"];
  EXPECT_EQ(labels["app.kubernetes.io/managed-by"], "helm");
  EXPECT_EQ(labels["tidewright.dev/app"], "web");
}

TEST(PodTemplate, TellsAShardWhichOneItIs) {
  const auto sharded = app({{"shards", {{{"name", "eu"}, {"env", {{"REGION", "europe"}}}}}}});
  const json env = podTemplateFor(sharded, &sharded.spec.shards[0], "abc")["spec"]["containers"][0]["env"];
  EXPECT_EQ(env, (json{{{"name", "REGION"}, {"value", "europe"}}, {{"name", "SHARD"}, {"value", "eu"}}}));
}

TEST(PodTemplate, LeavesAVariableOfTheUserAlone) {
  const json env = {{{"name", "SHARD"}, {"value", "mine"}}};
  const auto sharded = app(
      {{"template", {{"spec", {{"containers", {{{"name", "web"}, {"env", env}}}}}}}}, {"shards", {{{"name", "eu"}}}}});
  EXPECT_EQ(podTemplateFor(sharded, &sharded.spec.shards[0], "abc")["spec"]["containers"][0]["env"], env);
}

TEST(PodTemplate, HasAReadinessProbeIfAnyContainerHas) {
  const auto has = [](const char* text) { return hasReadinessProbe(json::parse(text)); };
  EXPECT_TRUE(has(R"({"spec":{"containers":[{}, {"readinessProbe":{"tcpSocket":{"port":80}}}]}})"));
  for (const char* text : {"null", "{}", R"({"spec":null})", R"({"spec":{"containers":["web"]}})",
                           R"({"spec":{"containers":[{"readinessProbe":null}]}})"}) {
    EXPECT_FALSE(has(text)) << text;
  }
}

TEST(Labels, AreOneTextForTheStatus) {
  EXPECT_EQ(selectorText({{"a", "b"}, {"c", "d"}}), "a=b,c=d");
  EXPECT_EQ(selectorText({}), "");
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

TEST(ReplicaSetManifest, DoesWithoutASourceThatIsTooLarge) {
  const json large = {{"spec", {{"containers", {{{"name", "web"}, {"args", {std::string(200 * 1024, 'x')}}}}}}}};
  const json set = replicaSetManifest(app({{"template", large}}), nullptr, {.revision = {"abc", "f"}});
  EXPECT_FALSE(set["metadata"]["annotations"].contains(std::string(kSourceAnnotation)));
}

TEST(MergePatch, LeavesACountAloneThatDoesNotChange) {
  EXPECT_EQ(mergePatch({.name = "web-abc", .annotations = {{"a", "1"}}}),
            json::parse(R"({"metadata":{"annotations":{"a":"1"}}})"));
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

TEST(Children, BeforeAnythingIsStableTheFirstRevisionIsAllThereIs) {
  const auto canary =
      app({{"service", {{"ports", kPorts}}},
           {"rollout", {{"strategy", "Canary"}, {"canary", {{"stableService", true}, {"canaryService", true}}}}}});
  const auto revisionOf = [&](const RolloutDecision& rollout, const char* service) {
    const json manifest = named(childManifests(canary, {{nullptr, rollout}}), "Service", service);
    return manifest["spec"]["selector"].value("tidewright.dev/revision", "");
  };
  EXPECT_EQ(revisionOf(decision("", "new"), "web-stable"), "new");
  RolloutDecision undone = decision("old", "new");
  undone.rolledBack = true;
  EXPECT_EQ(revisionOf(undone, "web-canary"), "old");
  RolloutDecision routed = decision("old", "new");
  routed.canaryRevision = "between";
  EXPECT_EQ(revisionOf(routed, "web-canary"), "between");
}

TEST(Children, AServiceHasTheUsersAnnotationsToo) {
  const json service = named(
      childManifests(app({{"service", {{"ports", kPorts}, {"annotations", {{"team", "shop"}}}}}}), {{nullptr, {}}}),
      "Service", "web");
  EXPECT_EQ(service["metadata"]["annotations"]["team"], "shop");
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

}  // namespace
}  // namespace tidewright::decide
