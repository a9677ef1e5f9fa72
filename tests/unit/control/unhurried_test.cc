#include "operator/control/unhurried.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>

#include "tests/unit/control/reconciler_fixtures.h"
#include "tests/unit/control/unhurried_fixtures.h"

namespace tidewright::control {
namespace {

/// A plan that makes a budget and, where asked for, a ReplicaSet of so many pods.
Plan withBudget(std::optional<int32_t> created = {}) {
  Plan plan;
  plan.workloads.emplace_back();
  plan.children.push_back({{"kind", "Service"}});
  plan.children.push_back({{"kind", "PodDisruptionBudget"}});
  if (created) plan.workloads.front().rollout.actions.emplace_back(decide::CreateReplicaSet{.replicas = *created});
  return plan;
}

/// ReplicaSets of those sizes, each with as many pods.
Snapshot withSets(std::initializer_list<int32_t> sizes) {
  Snapshot snapshot;
  for (const int32_t size : sizes) snapshot.replicaSets.push_back({.view = {.replicas = size, .pods = size}});
  return snapshot;
}

TEST(UnhurriedPlan, ABudgetHasTimeWhileThereIsOnePodAtMost) {
  const auto hasTime = [](const Plan& plan, const Snapshot& snapshot) {
    return unhurriedWrites(plan, snapshot, {}).budget;
  };
  EXPECT_TRUE(hasTime(withBudget(1), {}));
  EXPECT_TRUE(hasTime(withBudget(), withSets({1})));
  EXPECT_TRUE(hasTime(withBudget(), withSets({0})));
  EXPECT_FALSE(hasTime(withBudget(2), {}));
  EXPECT_FALSE(hasTime(withBudget(), withSets({2})));
  EXPECT_FALSE(hasTime(withBudget(1), withSets({1}))) << "a second revision comes";
  EXPECT_FALSE(hasTime(withBudget(), withSets({1, 0}))) << "it has one in its history, which may come back";
  Snapshot ending = withSets({1});
  ending.replicaSets.front().view.pods = 2;
  EXPECT_FALSE(hasTime(withBudget(), ending));
  Plan growing = withBudget();
  growing.workloads.front().rollout.actions.emplace_back(decide::UpdateReplicaSet{.replicas = 2});
  EXPECT_FALSE(hasTime(growing, withSets({1})));
  Plan shards = withBudget(1);
  shards.workloads.emplace_back();
  EXPECT_FALSE(hasTime(shards, {}));
  Snapshot there = withSets({1});
  there.budgets.push_back(std::make_shared<const kube::PodDisruptionBudget>());
  EXPECT_FALSE(hasTime(withBudget(), there));
}

TEST(UnhurriedPlan, OnlyTheBudgetIsTakenOut) {
  Plan plan = withBudget(1);
  takeOut(plan, {.budget = true});
  ASSERT_EQ(plan.children.size(), 1U);
  EXPECT_EQ(plan.children.front()["kind"], "Service");
  EXPECT_EQ(plan.workloads.front().rollout.actions.size(), 1U);
}

TEST(UnhurriedStatus, TheFirstPodOfSeveralIsProgressThatIsStored) {
  api::ScaledApp app;
  app.spec.replicas = 3;
  api::ScaledAppStatus wanted;
  wanted.workload.currentRevision = "r1";
  EXPECT_TRUE(tellsOnlyOfArrival(app, {}, {}, wanted));
  wanted.workload.rollout.availableHighWater = 1;
  EXPECT_FALSE(tellsOnlyOfArrival(app, {}, {}, wanted));
  const api::ScaledAppStatus stored = wanted;
  wanted.counts.readyReplicas = 1;
  EXPECT_TRUE(tellsOnlyOfArrival(app, {}, stored, wanted));
  wanted.workload.rollout.availableHighWater = 2;
  EXPECT_FALSE(tellsOnlyOfArrival(app, {}, stored, wanted));
}

TEST(UnhurriedWrites, ThatPodsOfNewAppsComeIsToldAtAPaceAndThatTheyAreThereAtOnce) {
  Shop s;
  const std::string revision = s.firstReplicaSet(2, 0, podTemplate());
  std::optional<std::chrono::nanoseconds> after;
  const auto told = [&] {
    s.clear();
    s.app(plain());
    const Result<kube::Requeue> done = s.reconcile();
    EXPECT_TRUE(done);
    after = done->after;
    return s.find("PATCH scaledapps/web/status") != nullptr;
  };
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(told());
  EXPECT_FALSE(told());
  EXPECT_EQ(after, std::chrono::milliseconds(200));
  EXPECT_FALSE(told()) << "it has its place already";
  s.clock.advance(std::chrono::milliseconds(200));
  EXPECT_TRUE(told());
  EXPECT_FALSE(told());

  s.firstReplicaSet(2, 2, podTemplate());
  EXPECT_TRUE(told());
  EXPECT_EQ(s.status()["phase"], "Healthy");
  EXPECT_EQ(s.status()["stableRevision"], revision);
}

TEST(UnhurriedWrites, AFirstPromotionIsStoredOnceAndOnItsReplicaSetLater) {
  Hurried s;
  const std::string revision = s.firstReplicaSet(2, 2, podTemplate());
  bool refused = false;
  s.refuses = [&](const Shop::Call& call) -> std::optional<Refused> {
    if (call.path != "scaledapps/web/status" || std::exchange(refused, true)) return std::nullopt;
    return Refused{500, "InternalError", "not now"};
  };
  s.app(plain());
  EXPECT_FALSE(s.reconcile());
  EXPECT_TRUE(s.reconcile());
  EXPECT_EQ(s.status()["stableRevision"], revision);
  EXPECT_EQ(s.find("PATCH replicasets/web-" + revision), nullptr);

  s.app(plain(), s.status());
  s.clock.advance(std::chrono::seconds(1));
  EXPECT_TRUE(s.reconcile());
  EXPECT_NE(s.find("PATCH replicasets/web-" + revision), nullptr);
  const std::vector<std::string> reasons = s.eventReasons();
  EXPECT_EQ(std::ranges::count(reasons, "RolloutCompleted"), 1);
}

json guarded(int replicas, const std::string& image = "web:1") {
  json spec = plain(replicas, image);
  spec["availability"]["podDisruptionBudget"] = true;
  return spec;
}

constexpr const char* kBudget = "POST poddisruptionbudgets";

TEST(UnhurriedWrites, ABudgetOverOnePodChangesNothingAndHasTime) {
  Hurried s;
  s.firstReplicaSet(1, 1, podTemplate());
  s.app(guarded(1));
  EXPECT_TRUE(s.reconcile());
  EXPECT_EQ(s.status()["phase"], "Healthy") << "who waits for the pod does not wait for it";
  EXPECT_EQ(s.find(kBudget), nullptr);
  s.clock.advance(std::chrono::milliseconds(200));
  EXPECT_TRUE(s.reconcile());
  EXPECT_NE(s.find(kBudget), nullptr);
  EXPECT_NE(s.find("PATCH replicasets/web-" + s.status()["currentRevision"].get<std::string>()), nullptr)
      << "one turn is for both";
}

TEST(UnhurriedWrites, WithASecondPodTheBudgetIsThereFirst) {
  Hurried s;
  const std::string revision = s.firstReplicaSet(1, 1, podTemplate());
  s.app(guarded(2));
  EXPECT_TRUE(s.reconcile());
  const std::vector<std::string> lines = s.lines();
  const auto budget = std::ranges::find(lines, kBudget);
  ASSERT_NE(budget, lines.end());
  EXPECT_NE(std::find(budget, lines.end(), "PATCH replicasets/web-" + revision), lines.end());
}

TEST(UnhurriedWrites, WithAPodOfAnotherRevisionTheBudgetIsThereFirst) {
  Hurried s;
  s.firstReplicaSet(1, 1, podTemplate());
  s.app(guarded(1, "web:2"));
  EXPECT_TRUE(s.reconcile());
  const std::vector<std::string> lines = s.lines();
  const auto budget = std::ranges::find(lines, kBudget);
  ASSERT_NE(budget, lines.end());
  EXPECT_NE(std::find(budget, lines.end(), "POST replicasets"), lines.end());
}

TEST(UnhurriedWrites, ARefusedBudgetIsTriedInEveryLookSoThatItsStatusDoesNotFlap) {
  Hurried s;
  s.firstReplicaSet(1, 1, podTemplate());
  s.refuses = [](const Shop::Call& call) -> std::optional<Refused> {
    if (call.path != "poddisruptionbudgets") return std::nullopt;
    return Refused{403, "Forbidden", "exceeded quota"};
  };
  s.app(guarded(1));
  s.clock.advance(std::chrono::milliseconds(200));
  EXPECT_TRUE(s.reconcile());
  ASSERT_EQ(s.condition("Valid").value("status", ""), "False");
  const json refused = s.status();
  for (int i = 0; i < 12; ++i) {
    s.clear();
    s.app(guarded(1), refused);
    EXPECT_TRUE(s.reconcile());
    EXPECT_NE(s.find(kBudget), nullptr);
    EXPECT_EQ(s.find("PATCH scaledapps/web/status"), nullptr);
  }
}

TEST(UnhurriedWrites, TheyStayBehindWhileOthersAreMade) {
  Shop s;
  for (int i = 0; i < 11; ++i) {
    s.clear();
    const std::string revision = s.replicaSet(2, 2, podTemplate());
    s.app(plain(3), atRest(revision));
    EXPECT_TRUE(s.reconcile());
    ASSERT_NE(s.find("PATCH replicasets/web-" + revision), nullptr);
  }
  s.firstReplicaSet(2, 0, podTemplate());
  std::optional<std::chrono::nanoseconds> after;
  for (int i = 0; i < 11; ++i) {
    s.app(plain());
    const Result<kube::Requeue> done = s.reconcile();
    ASSERT_TRUE(done);
    after = done->after;
  }
  EXPECT_EQ(after, std::chrono::milliseconds(1200));
}

TEST(UnhurriedWrites, WhatIsWrongWithANewAppIsToldAtOnce) {
  Hurried s;
  s.app(plain());
  s.refuses = [](const Shop::Call& call) -> std::optional<Refused> {
    if (call.path.find("status") != std::string::npos) return std::nullopt;
    return Refused{403, "Forbidden", "exceeded quota"};
  };
  json withService = plain();
  withService["service"] = {{"ports", {{{"port", 80}}}}};
  s.app(withService);
  EXPECT_TRUE(s.reconcile());
  EXPECT_NE(s.find("PATCH scaledapps/web/status"), nullptr);
}

TEST(UnhurriedWrites, WhyAPodOfANewAppDoesNotStartIsToldAtOnce) {
  Hurried s;
  const std::string revision = s.firstReplicaSet(2, 0, podTemplate());
  kube::Pod pod;
  pod.meta.ns = "shop";
  pod.meta.name = "web-1";
  pod.meta.uid = "pod-1";
  pod.meta.owner = {"rs-" + revision, "ReplicaSet", "web-" + revision};
  pod.troubles = {{.name = "web", .waitingReason = "ErrImagePull", .waitingMessage = "no such image"}};
  s.caches().pods.put(pod);
  s.app(plain());
  EXPECT_TRUE(s.reconcile());
  ASSERT_NE(s.find("PATCH scaledapps/web/status"), nullptr);
  EXPECT_EQ(s.status()["phase"], "Progressing");
  EXPECT_NE(s.condition("Progressing").value("message", "").find("no such image"), std::string::npos);

  s.clear();
  pod.meta.resourceVersion = "2";
  pod.troubles.front().waitingMessage = "no such image at all";
  s.caches().pods.put(pod);
  s.app(plain(), s.status());
  EXPECT_TRUE(s.reconcile());
  EXPECT_EQ(s.find("PATCH scaledapps/web/status"), nullptr) << "other words for the same have time";
}

TEST(UnhurriedWrites, AreNoWorkInFrontOfOthers) {
  Shop s;
  std::optional<std::chrono::nanoseconds> after;
  for (int i = 0; i < 11; ++i) {
    s.firstReplicaSet(1, 1, podTemplate());
    s.app(guarded(1));
    const Result<kube::Requeue> done = s.reconcile();
    ASSERT_TRUE(done);
    after = done->after;
  }
  EXPECT_EQ(after, std::chrono::milliseconds(200)) << "a budget and an annotation in each of ten looks";
}

TEST(UnhurriedWrites, TheyStayBehindWhileItIsToldThatPodsAreThere) {
  Hurried s;
  for (int i = 0; i < 11; ++i) {
    json status = atRest(s.replicaSet(2, 2, podTemplate()));
    status["phase"] = "Progressing";
    s.app(plain(), status);
    EXPECT_TRUE(s.reconcile());
    ASSERT_EQ(s.status()["phase"], "Healthy");
  }
  s.firstReplicaSet(2, 0, podTemplate());
  s.app(plain());
  const Result<kube::Requeue> done = s.reconcile();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->after, std::chrono::milliseconds(1200));
}

/// How long a new app waits after eleven looks that each wrote one thing and failed at the next.
std::chrono::nanoseconds waitAfterFailuresOf(const std::string& path) {
  Hurried s;
  s.refuses = [&](const Shop::Call& call) -> std::optional<Refused> {
    if (call.path.find(path) == std::string::npos) return std::nullopt;
    return Refused{500, "InternalError", "not now"};
  };
  json spec = plain(3);
  spec["service"] = {{"ports", {{{"port", 80}}}}};
  for (int i = 0; i < 11; ++i) {
    s.clear();
    const std::string revision = s.replicaSet(2, 2, podTemplate());
    s.app(spec, atRest(revision));
    EXPECT_FALSE(s.reconcile());
    EXPECT_NE(s.find("POST services"), nullptr);
  }
  s.refuses = nullptr;
  s.firstReplicaSet(2, 0, podTemplate());
  s.app(plain());
  const Result<kube::Requeue> done = s.reconcile();
  EXPECT_TRUE(done);
  return done->after.value_or(std::chrono::nanoseconds(0));
}

TEST(UnhurriedWrites, WhatALookWroteBeforeItFailedWasWorkAllTheSame) {
  EXPECT_EQ(waitAfterFailuresOf("replicasets"), std::chrono::milliseconds(1200));
  EXPECT_EQ(waitAfterFailuresOf("status"), std::chrono::milliseconds(1200));
}

TEST(UnhurriedWrites, ATickLooksWhetherTheirTimeHasCome) {
  Hurried s;
  s.samples.sample = api::Number{20};
  const std::string revision = s.firstReplicaSet(2, 2, podTemplate());
  s.app(autoscaled());
  ASSERT_TRUE(s.reconcile());
  for (int i = 0; i < 3; ++i) {  // Until nothing else is left to do.
    s.app(autoscaled(), s.status());
    ASSERT_TRUE(s.reconcile());
  }
  ASSERT_EQ(s.find("PATCH replicasets/web-" + revision), nullptr);
  s.clock.advance(std::chrono::milliseconds(200));
  ASSERT_TRUE(s.reconcile(kube::Cause::Tick));
  EXPECT_NE(s.find("PATCH replicasets/web-" + revision), nullptr);
}

TEST(UnhurriedWrites, ACommandToANewAppIsAnsweredAtOnce) {
  Hurried s;
  s.command = "abort";
  s.app(plain());
  EXPECT_TRUE(s.reconcile());
  ASSERT_NE(s.find("PATCH scaledapps/web/status"), nullptr);
  EXPECT_EQ(s.status()["lastCommand"]["name"], "abort");
}

TEST(UnhurriedWrites, OfANewAppThatScalesItselfTheCountIsStoredAtOnce) {
  Hurried s;
  s.samples.sample = api::Number{40};
  s.app(autoscaled());
  EXPECT_TRUE(s.reconcile());
  EXPECT_NE(s.find("PATCH scaledapps/web/status"), nullptr);
}

}  // namespace
}  // namespace tidewright::control
