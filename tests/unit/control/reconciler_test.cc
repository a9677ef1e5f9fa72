#include "operator/control/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/decide/labels.h"
#include "tests/unit/control/reconciler_fixtures.h"

namespace tidewright::control {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::optional<Refused> onPath(const Shop::Call& call, const std::string& line, const Refused& refused) {
  return (call.method + " " + call.path).starts_with(line) ? std::optional(refused) : std::nullopt;
}

TEST(Reconciler, WritesWhatItIntendsBeforeAnyPodComes) {
  Busy shop;
  ASSERT_TRUE(shop.reconcile());
  const std::vector<std::string> lines = shop.lines();
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0], "PATCH scaledapps/web/status");
  EXPECT_EQ(lines[1], shop.resize());
  const auto intent = shop.writes().front().body;
  EXPECT_EQ(intent.at("/status/autoscaling/desiredReplicas"_json_pointer), 4);
  EXPECT_EQ(intent.at("/status/desiredReplicas"_json_pointer), 4);
}

TEST(Reconciler, AKillBetweenItsWritesUndoesNothing) {
  Busy shop;
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, shop.resize(), {500, "InternalError", "died"}); };
  EXPECT_FALSE(shop.reconcile());
  // Somebody else starts where it ended, and nobody knows the metric any more.
  shop.app(autoscaled(), shop.status());
  shop.samples.sample = api::Unknown{"nobody answers"};
  shop.refuses = {};
  shop.clear();
  shop.restart();
  ASSERT_TRUE(shop.reconcile());
  ASSERT_NE(shop.find(shop.resize()), nullptr);
  EXPECT_EQ(shop.find(shop.resize())->body.at("/spec/replicas"_json_pointer), 4);
}

TEST(Reconciler, DecidesOnWhatItWaitedFor) {
  Shop shop;
  const std::string revision = shop.replicaSet(2, 2, podTemplate());
  shop.app(plain(5), atRest(revision));
  shop.awaits = [&] {
    shop.app(plain(2), atRest(revision));
    return true;
  };
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.find("PATCH replicasets/web-" + revision), nullptr);
}

TEST(Reconciler, TellsOfAChangeOnceItWasMade) {
  Busy shop;
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, shop.resize(), {409, "Conflict", "changed"}); };
  EXPECT_FALSE(shop.reconcile());
  shop.refuses = {};
  ASSERT_TRUE(shop.reconcile());
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.eventReasons(), ElementsAre("ScaledUp"));
}

TEST(Reconciler, AnEditOfReplicasUnderAutoscalingIsAnsweredWithAWarning) {
  Busy shop;
  shop.samples.sample = api::Number{20};
  ASSERT_TRUE(shop.reconcile());
  json spec = autoscaled();
  spec["replicas"] = 9;
  shop.app(spec, shop.status(), 2);
  ASSERT_TRUE(shop.reconcile());
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.eventReasons(), ElementsAre("ReplicasIgnored"));
}

TEST(Reconciler, ARefusedTemplateLeavesTheCountFollowingItsMetric) {
  Busy shop;
  shop.samples.sample = api::Number{20};
  shop.app(autoscaled("web:BAD IMAGE"), atRest(shop.revision), 2);
  const Refused refused{422, "Invalid", "spec.template.spec.containers[0].image: Invalid value"};
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, "POST replicasets", refused); };
  const Result<kube::Requeue> done = shop.reconcile();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_LE(done->after.value_or(1h), 1min) << "a quota or a policy may be gone by then";
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "TemplateRefused");
  EXPECT_THAT(shop.condition("Valid").value("message", ""), HasSubstr("containers[0].image"));
  EXPECT_EQ(shop.condition("Ready").value("status", ""), "False");
  EXPECT_EQ(shop.status().value("phase", ""), "Invalid");
  EXPECT_EQ(shop.status().value("currentRevision", ""), shop.revision);

  shop.app(autoscaled("web:BAD IMAGE"), shop.status(), 2);
  shop.samples.sample = api::Number{40};
  shop.clock.advance(15s);
  ASSERT_TRUE(shop.reconcile());
  ASSERT_NE(shop.find(shop.resize()), nullptr);
  EXPECT_EQ(shop.find(shop.resize())->body.at("/spec/replicas"_json_pointer), 4);
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "TemplateRefused");
}

TEST(Reconciler, DoesNotAskAboutARefusedTemplateAgainAndAgain) {
  Busy shop;
  shop.samples.sample = api::Number{20};
  shop.app(autoscaled("web:2"), atRest(shop.revision), 2);
  const Refused refused{422, "Invalid", "no"};
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, "POST replicasets", refused); };
  ASSERT_TRUE(shop.reconcile());
  shop.app(autoscaled("web:2"), shop.status(), 2);
  shop.clear();
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.lines(), ElementsAre()) << "it is known, and it was said";
  shop.clock.advance(61s);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.lines(), Contains("POST replicasets"));
  shop.app(autoscaled("web:3"), shop.status(), 3);
  shop.refuses = {};
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.lines(), Contains("POST replicasets"));
  EXPECT_EQ(shop.condition("Valid").value("status", ""), "True");
}

TEST(Reconciler, ANewImageIsOneRequestAwayWhereNothingHasToComeFirst) {
  Busy shop;
  shop.samples.sample = api::Number{20};
  shop.app(autoscaled("web:2"), atRest(shop.revision), 2);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.lines().at(0), "POST replicasets");
  EXPECT_THAT(shop.lines(), Not(Contains("POST replicasets?dryRun")));
  EXPECT_EQ(std::ranges::count(shop.lines(), "POST replicasets"), 1) << "it is not made once more by the plan";
  EXPECT_THAT(shop.lines(), Contains("PATCH scaledapps/web/status"));
}

TEST(Reconciler, ANewImageWithANewCountIsTriedBeforeTheCountIsWritten) {
  Busy shop;
  json spec = autoscaled("web:2");
  spec["rollout"] = {{"strategy", "BlueGreen"}};  // A rolling update has the old pods follow the count first.
  shop.app(spec, atRest(shop.revision), 2);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.lines().at(0), "POST replicasets?dryRun");
  EXPECT_EQ(shop.lines().at(1), "PATCH scaledapps/web/status");
}

TEST(Reconciler, ANewImageIsTriedBeforeAServiceIsWrittenForIt) {
  Busy shop;
  shop.samples.sample = api::Number{20};
  json spec = autoscaled("web:2");
  spec["service"] = {{"ports", {{{"port", 80}}}}};
  shop.app(spec, atRest(shop.revision), 2);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.lines().at(0), "POST replicasets?dryRun");
  EXPECT_EQ(shop.lines().at(1), "POST services");
}

TEST(Reconciler, ANewAppIsMadeWithoutATrial) {
  Shop shop;
  json spec = plain();
  spec["service"] = {{"ports", {{{"port", 80}}}}};
  shop.app(spec);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.lines(), ElementsAre("POST services", "POST replicasets", "PATCH scaledapps/web/status"));
}

TEST(Reconciler, WhereSomethingRunsOrRanATemplateIsTriedBeforeAServiceIsMade) {
  json spec = plain();
  spec["service"] = {{"ports", {{{"port", 80}}}}};
  Shop emptied;
  emptied.app(spec, atRest("7x6dz9kw4b"));
  ASSERT_TRUE(emptied.reconcile());
  EXPECT_EQ(emptied.lines().at(0), "POST replicasets?dryRun");
  Shop sharded;
  spec["shards"] = {{{"name", "eu"}}, {{"name", "us"}}};
  sharded.app(spec);
  ASSERT_TRUE(sharded.reconcile());
  EXPECT_EQ(sharded.lines().at(0), "POST replicasets?dryRun");
  EXPECT_EQ(sharded.lines().at(1), "POST replicasets?dryRun") << "of one that is refused the other would be left alone";
}

TEST(Reconciler, TheRefusedTemplateOfANewAppIsSaidAndNotTriedAgainAtOnce) {
  Shop shop;
  shop.app(plain());
  const Refused refused{422, "Invalid", "spec.template.spec.containers[0].image: Required value"};
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, "POST replicasets", refused); };
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "TemplateRefused");
  EXPECT_EQ(shop.status().value("phase", ""), "Invalid");
  shop.app(plain(), shop.status());
  shop.clear();
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.lines(), ElementsAre());
  shop.refuses = {};
  shop.clock.advance(61s);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.lines(), Contains("POST replicasets"));
  EXPECT_EQ(shop.condition("Valid").value("status", ""), "True");
}

TEST(Reconciler, AQuotaIsACondition) {
  Shop shop;
  shop.app(plain());
  const Refused refused{403, "Forbidden", "replicasets.apps is forbidden: exceeded quota: small"};
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, "POST replicasets", refused); };
  const Result<kube::Requeue> done = shop.reconcile();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_TRUE(done->after.has_value());
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "Forbidden");
  EXPECT_THAT(shop.condition("Valid").value("message", ""), HasSubstr("exceeded quota: small"));
}

TEST(Reconciler, AMissingRuleIsNamedWithItsRemedy) {
  Shop shop;
  shop.app(plain());
  const Refused refused{403, "Forbidden", R"(User "x" cannot create resource "replicasets" in API group "apps")"};
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, "POST replicasets", refused); };
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.condition("Valid").value("message", ""), HasSubstr("ClusterRole"));
}

TEST(Reconciler, ARefusedBudgetDoesNotStopTheScaling) {
  Busy shop;
  json spec = autoscaled();
  spec["availability"]["podDisruptionBudget"] = true;
  shop.app(spec, atRest(shop.revision));
  const Refused refused{403, "Forbidden", "exceeded quota"};
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, "POST poddisruptionbudgets", refused); };
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.lines(), Contains(shop.resize()));
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "Forbidden");
}

TEST(Reconciler, NoPodStandsBehindAServiceOfSomebodyElse) {
  Shop shop;
  json spec = plain();
  spec["service"] = {{"ports", {{{"port", 80}}}}};
  shop.app(spec);
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, "POST services", {409, "AlreadyExists", "there"}); };
  shop.standing = {{"metadata", {{"name", "web"}, {"resourceVersion", "7"}}}};
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "NameTaken");
  EXPECT_THAT(shop.lines(), Not(Contains("POST replicasets")));
}

TEST(Reconciler, AServiceOfOursThatIsThereAlreadyIsAsGoodAsANewOne) {
  Shop shop;
  json spec = plain();
  spec["service"] = {{"ports", {{{"port", 80}}}}};
  shop.app(spec);
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, "POST services", {409, "AlreadyExists", "there"}); };
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.lines(), Contains("POST replicasets"));
}

TEST(Reconciler, ANamespaceOnItsWayOutIsLeftAlone) {
  Shop shop;
  shop.app(plain());
  const Refused refused{403, "Forbidden",
                        "unable to create new content in namespace shop because it is being terminated"};
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, "POST", refused); };
  const Result<kube::Requeue> done = shop.reconcile();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_FALSE(done->after.has_value());
  EXPECT_EQ(shop.find("PATCH scaledapps"), nullptr);
}

struct Serving : Shop {
  explicit Serving(std::int32_t port) {
    json spec = plain();
    spec["service"] = {{"ports", {{{"port", 80}}}}};
    revision = replicaSet(2, 2, podTemplate());
    app(spec, atRest(revision));
    EXPECT_TRUE(reconcile());
    service.meta.ns = "shop";
    service.meta.name = "web";
    service.meta.uid = "s-1";
    service.meta.resourceVersion = "50";
    service.meta.owner = {"u-1", "ScaledApp", "web"};
    const json made = find("POST services")->body;
    for (const auto& [key, value] : made["metadata"]["annotations"].items()) {
      service.meta.annotations.emplace_back(key, value.get<std::string>());
    }
    for (const auto& [key, value] : made["spec"]["selector"].items()) {
      service.selector.emplace_back(key, value.get<std::string>());
    }
    service.ports = {{.port = port, .targetPort = std::to_string(port)}};
    caches().services.put(kube::Service(service));
    clear();
  }
  kube::Service service;
  std::string revision;
};

TEST(Reconciler, AServiceThatIsAsWantedIsLeftAlone) {
  Serving shop(80);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.find("PATCH services"), nullptr);
}

TEST(Reconciler, AnEditedServiceIsPutRightAndNotInAHotLoop) {
  Serving shop(81);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_NE(shop.find("PATCH services/web"), nullptr);
  shop.clear();
  const Result<kube::Requeue> done = shop.reconcile();
  ASSERT_TRUE(done);
  EXPECT_EQ(shop.find("PATCH services"), nullptr) << "whoever changed it changes it at once again";
  EXPECT_LE(done->after.value_or(1h), 1min);
  shop.clock.advance(61s);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_NE(shop.find("PATCH services/web"), nullptr);
}

TEST(Reconciler, ARepairTakesOutWhatSomebodyAdded) {
  Serving shop(81);
  ASSERT_TRUE(shop.reconcile());
  const json patch = shop.find("PATCH services/web")->body;
  EXPECT_EQ(patch.at("/spec/ports"_json_pointer).size(), 1U) << "a merge patch replaces a list whole";
  EXPECT_EQ(patch.at("/spec/ports/0/port"_json_pointer), 80);
  EXPECT_EQ(patch.at("/metadata/uid"_json_pointer), "s-1");
}

TEST(Reconciler, AStandingRefusalIsNotWrittenAtEveryPoll) {
  Busy shop;
  shop.refuses = [&](const Shop::Call& call) { return onPath(call, shop.resize(), {403, "Forbidden", "a policy"}); };
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "Forbidden");
  for (int poll = 0; poll < 3; ++poll) {
    shop.app(autoscaled(), shop.status());
    shop.clear();
    shop.clock.advance(15s);
    ASSERT_TRUE(shop.reconcile());
    EXPECT_EQ(shop.find("PATCH scaledapps"), nullptr) << shop.find("PATCH scaledapps")->body.dump();
  }
  EXPECT_THAT(shop.eventReasons(), Not(Contains("ScaledUp"))) << "it did not";
}

TEST(Reconciler, ABudgetOfSomebodyElseIsNamed) {
  Shop shop;
  json spec = plain();
  spec["availability"]["podDisruptionBudget"] = true;
  shop.app(spec);
  kube::PodDisruptionBudget budget;
  budget.meta.ns = "shop";
  budget.meta.name = "by-hand";
  budget.selector = kube::parseLabelSelector({{"matchLabels", {{"team", "shop"}}}});
  shop.caches().budgets.put(std::move(budget));
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.condition("Valid").value("status", ""), "True");
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "BudgetOverlap");
  EXPECT_THAT(shop.condition("Valid").value("message", ""), HasSubstr("by-hand"));
  EXPECT_THAT(shop.eventReasons(), Contains("BudgetOverlap"));
}

TEST(Reconciler, WarnsOfPodsThatNobodyAsksWhetherTheyAreReady) {
  Shop shop;
  json spec = plain();
  spec["template"]["spec"]["containers"][0].erase("readinessProbe");
  shop.app(spec);
  ASSERT_TRUE(shop.reconcile());
  shop.app(spec, shop.status());
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.condition("ZeroDowntime").value("reason", ""), "NoReadinessProbe");
  EXPECT_THAT(shop.eventReasons(), ElementsAre("NoReadinessProbe"));
}

}  // namespace
}  // namespace tidewright::control
