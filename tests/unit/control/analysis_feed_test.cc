// The whole way of an analysis, from the query to the rollback.
#include "operator/control/analysis_feed.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/control/pretended_app.h"

namespace tidewright::control {
namespace {

using api::RolloutStrategy;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

struct Rolling : PretendedApp {
  explicit Rolling(RolloutStrategy strategy, std::vector<api::RolloutStep> steps = {}) {
    app.spec.rollout.strategy = strategy;
    app.spec.rollout.steps = std::move(steps);
    settle();
    old = current();
    image("two");
  }
  std::string old;
};

TEST(Analysis, OfAFirstRevisionThereIsNone) {
  PretendedApp app;
  app.value = 1;
  app.pass(120s);
  EXPECT_EQ(app.stable(), app.current());
  EXPECT_TRUE(app.asked.empty());
}

TEST(Analysis, ACanaryWithErrorsIsUndoneAfterOneInterval) {
  Rolling app(RolloutStrategy::Canary, {api::SetWeight{25}, api::Pause{600s}});
  app.value = 0.05;
  app.pass(29s);
  EXPECT_EQ(app.pods(app.current()), 1);
  app.pass(1s);
  EXPECT_EQ(app.pods(app.current()), 0);
  EXPECT_EQ(app.pods(app.old), 4);
  EXPECT_EQ(app.stable(), app.old);
  EXPECT_EQ(app.status.phase, api::Phase::RolledBack);
  EXPECT_THAT(app.progressing(), HasSubstr("AnalysisFailed: errors is 0.05, wanted is value <= 0.01"));
  EXPECT_THAT(app.events, testing::Contains("RolledBack"));
  ASSERT_EQ(app.status.workload.rollout.analysis.size(), 1U) << "what it was undone for can be read";
  EXPECT_EQ(app.status.workload.rollout.analysis[0].measurements.front().value, 0.05);

  app.value = 0;
  app.pass(3600s);
  EXPECT_EQ(app.pods(app.current()), 0) << "the same template is not tried again";
  app.command = decide::Command::Retry;
  app.pass(700s);
  EXPECT_EQ(app.pods(app.current()), 4);
  EXPECT_EQ(app.stable(), app.current());
  EXPECT_TRUE(app.status.workload.rollout.analysis.empty());
}

TEST(Analysis, AQueryIsAskedOnlyWhenItIsDueAndOfItsOwnRevisions) {
  Rolling app(RolloutStrategy::Canary, {api::SetWeight{25}, api::Pause{600s}});
  app.pass(29s);
  EXPECT_TRUE(app.asked.empty());
  app.pass(100s);
  EXPECT_THAT(app.asked,
              ElementsAre("errors{revision=\"" + app.current() + "\",stable=\"" + app.old + "\",shard=\"\"}"));
  EXPECT_EQ(app.status.workload.rollout.analysis.at(0).successful, 4);
}

TEST(Analysis, WithoutTheServerACanaryWaitsAndGoesOnWhenItIsBack) {
  Rolling app(RolloutStrategy::Canary, {api::SetWeight{25}, api::Pause{65s}, api::SetWeight{50}, api::Pause{65s}});
  app.pass(35s);
  app.value.reset();
  app.pass(3600s);
  EXPECT_EQ(app.status.phase, api::Phase::Paused);
  EXPECT_EQ(app.pods(app.current()), 1);
  EXPECT_EQ(app.status.workload.rollout.stepIndex, 1);
  EXPECT_THAT(app.progressing(), HasSubstr("connection refused"));
  EXPECT_THAT(app.events, testing::Contains("AnalysisInconclusive"));
  app.value = 0;
  app.pass(31s);
  EXPECT_EQ(app.pods(app.current()), 2);
  EXPECT_THAT(app.events, testing::Contains("AnalysisResumed"));
  app.pass(66s);
  EXPECT_EQ(app.stable(), app.current());
}

TEST(Analysis, APersonMayKnowBetterThanAServerThatIsAway) {
  Rolling app(RolloutStrategy::Canary, {api::SetWeight{25}, api::Pause{65s}});
  app.value.reset();
  app.pass(300s);
  EXPECT_EQ(app.pods(app.current()), 1);
  app.app.spec.replicas = 8;
  app.pass(60s);
  EXPECT_EQ(app.pods(app.current()) + app.pods(app.old), 8) << "the count is followed meanwhile";
  app.command = decide::Command::PromoteFull;
  app.pass(60s);
  EXPECT_EQ(app.stable(), app.current());
}

TEST(Analysis, AQueryThatIsRefusedUndoesTheRollout) {
  Rolling app(RolloutStrategy::Canary, {api::SetWeight{25}, api::Pause{}});
  app.refuses = true;
  app.pass(30s + 4 * 40s - 1s);
  EXPECT_EQ(app.pods(app.current()), 1);
  app.pass(1s);
  EXPECT_EQ(app.status.phase, api::Phase::RolledBack);
  EXPECT_THAT(app.progressing(), HasSubstr("AnalysisError"));
}

TEST(Analysis, AStepWaitsForItsMeasurements) {
  Rolling app(RolloutStrategy::Canary, {api::SetWeight{25}, api::AnalysisStep{{"errors"}}, api::SetWeight{75}});
  app.app.spec.rollout.analysis[0].count = 3;
  app.pass(89s);
  EXPECT_EQ(app.status.workload.rollout.stepIndex, 1);
  app.pass(1s);
  EXPECT_EQ(app.stable(), app.current());
}

TEST(Analysis, AStepThatFailsIsUndone) {
  Rolling app(RolloutStrategy::Canary, {api::SetWeight{25}, api::AnalysisStep{{"errors"}}, api::SetWeight{75}});
  app.value = 0.05;
  app.pass(30s);
  EXPECT_EQ(app.status.phase, api::Phase::RolledBack);
}

TEST(Analysis, ARollingUpdateIsNotDoneBeforeItWasMeasured) {
  Rolling app(RolloutStrategy::RollingUpdate);
  app.pass(29s);
  EXPECT_EQ(app.pods(app.current()), 4);
  EXPECT_EQ(app.stable(), app.old);
  EXPECT_THAT(app.progressing(), HasSubstr("errors has not been measured yet"));
  app.pass(1s);
  EXPECT_EQ(app.stable(), app.current());
  EXPECT_EQ(app.status.phase, api::Phase::Healthy);
}

TEST(Analysis, ALostStatusPromotesNothing) {
  Rolling app(RolloutStrategy::RollingUpdate);
  app.pass(20s);
  app.status = {};
  app.pass(29s);
  EXPECT_EQ(app.stable(), app.old);
  app.pass(1s);
  EXPECT_EQ(app.stable(), app.current());
}

TEST(Analysis, ARollingUpdateThatFailsIsUndoneEvenWhenAllPodsAreNew) {
  Rolling app(RolloutStrategy::RollingUpdate);
  app.value = 0.05;
  app.pass(30s);
  EXPECT_EQ(app.pods(app.old), 4);
  EXPECT_EQ(app.pods(app.current()), 0);
}

TEST(Analysis, ABlueGreenSwitchWaitsForIt) {
  Rolling app(RolloutStrategy::BlueGreen);
  app.value.reset();
  app.pass(3600s);
  EXPECT_EQ(app.stable(), app.old);
  EXPECT_EQ(app.status.phase, api::Phase::Paused);
  app.value = 0;
  app.pass(31s);
  EXPECT_EQ(app.stable(), app.current());
}

TEST(Analysis, WithoutAutoRollbackAFailureStopsTheRollout) {
  Rolling app(RolloutStrategy::Canary, {api::SetWeight{25}, api::Pause{60s}});
  app.app.spec.rollout.autoRollback = false;
  app.value = 0.05;
  app.pass(600s);
  EXPECT_EQ(app.pods(app.current()), 1);
  EXPECT_THAT(app.progressing(), HasSubstr("AnalysisFailed: "));
  EXPECT_THAT(app.events, testing::Contains("AnalysisFailed"));
}

TEST(Analysis, AtRestNothingChanges) {
  Rolling app(RolloutStrategy::Canary, {api::SetWeight{25}, api::Pause{}});
  app.pass(45s);
  const api::ScaledAppStatus before = app.status;
  app.settle();
  EXPECT_EQ(app.status, before) << "between two measurements";
  app.value = 0.05;
  app.pass(60s);
  const api::ScaledAppStatus undone = app.status;
  app.pass(3600s);
  EXPECT_EQ(app.status, undone);
}

/// Answers of every kind, other templates, counts and lost statuses, at any moment.
class Chance : public PretendedApp {
 public:
  explicit Chance(uint32_t seed) : random_(seed) {
    api::RolloutSpec& rollout = app.spec.rollout;
    rollout.strategy = static_cast<RolloutStrategy>(pick(0, 3));
    api::AnalysisMetric& metric = rollout.analysis.front();
    metric.inconclusiveLimit = pick(0, 2);
    if (pick(0, 1) == 0) metric.count = pick(1, 3);
    if (pick(0, 2) == 0) metric.onNoData = api::AnalysisMetric::OnNoData::Fail;
    if (pick(0, 2) == 0) metric.minSamples = pick(1, 3);
    if (rollout.strategy != RolloutStrategy::Canary) return;
    for (int i = pick(0, 3); i > 0; --i) {
      rollout.steps.emplace_back(api::SetWeight{pick(1, 100)});
      if (pick(0, 1) == 0) rollout.steps.emplace_back(api::Pause{std::chrono::seconds(pick(1, 50))});
      if (pick(0, 3) == 0) rollout.steps.emplace_back(api::AnalysisStep{{"errors"}});
    }
  }

  void run() {
    pass(1s);
    for (int turn = 0; turn < 30 && !testing::Test::HasFailure(); ++turn) {
      disturb();
      for (int i = pick(1, 20); i > 0; --i) {
        const std::string before = stable();
        now += std::chrono::milliseconds(pick(0, 6000));
        tick();
        if (before.empty() || stable().empty() || stable() == before) continue;
        EXPECT_TRUE(foundGood) << "promoted on something else than a good answer";
      }
    }
    say(0);
    pass(200s);  // What was bad before may be told only now, where minSamples waits for more.
    command = decide::Command::Retry;
    pass(800s);
    EXPECT_EQ(stable(), current()) << progressing();
    EXPECT_EQ(pods(current()), app.spec.replicas);
  }

 private:
  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

  void say(int what) {
    value = what == 1 ? std::optional(0.05) : what == 2 ? std::nullopt : std::optional(0.0);
    refuses = what == 3;
    hasNoData = what == 4;
  }

  void disturb() {
    switch (pick(0, 7)) {
      case 0: {
        const nlohmann::json before = app.spec.podTemplate;
        image(fmt::format("v{}", pick(1, 4)));
        if (app.spec.podTemplate != before) foundGood = false;  // It was about another one.
        break;
      }
      case 1:
        status = {};
        foundGood = false;  // Nobody remembers it.
        break;
      case 2: app.spec.replicas = pick(1, 8); break;
      default: say(pick(0, 8)); break;
    }
  }

  std::mt19937 random_;
};

TEST(Analysis, WhateverHappensOnlyWhatWasFoundGoodBecomesTheStableRevision) {
  for (uint32_t seed = 1; seed <= 60 && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Chance(seed).run();
  }
}

TEST(Analysis, EveryShardIsAskedAboutAndJudgedByItself) {
  PretendedApp app;
  app.app.spec.shards = {{.name = "eu"}, {.name = "us"}};
  app.settle();
  ASSERT_EQ(app.status.shards.size(), 2U);
  const std::string eu = app.status.shards[0].workload.stableRevision;
  const std::string us = app.status.shards[1].workload.stableRevision;
  ASSERT_FALSE(eu.empty());
  app.image("two");
  app.pass(31s);
  const auto query = [](const std::string& revision, const std::string& stable, const std::string& shard) {
    return "errors{revision=\"" + revision + "\",stable=\"" + stable + "\",shard=\"" + shard + "\"}";
  };
  EXPECT_THAT(app.asked, UnorderedElementsAre(query(app.status.shards[0].workload.currentRevision, eu, "eu"),
                                              query(app.status.shards[1].workload.currentRevision, us, "us")));
}

TEST(ScalingQueries, AreFilledInPerShard) {
  PretendedApp app;
  app.app.spec.shards = {{.name = "eu"}, {.name = "us"}};
  api::Metric metric{.name = "rps"};
  metric.prometheus.query = "rps{shard=\"{{shard}}\",revision=\"{{revision}}\"}";
  metric.target.value = {.milli = 10'000};
  app.app.spec.autoscaling = api::Autoscaling{.minReplicas = 1, .maxReplicas = 20, .metrics = {metric}};
  app.value = 40;
  app.pass(40s);
  const auto query = [&](size_t shard) {
    return "rps{shard=\"" + app.app.spec.shards[shard].name + "\",revision=\"" +
           app.status.shards[shard].workload.currentRevision + "\"}";
  };
  EXPECT_TRUE(app.asked.contains(query(0)));
  EXPECT_TRUE(app.asked.contains(query(1)));
  EXPECT_EQ(app.status.shards[0].desired, 4);
}

}  // namespace
}  // namespace tidewright::control
