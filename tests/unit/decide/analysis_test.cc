#include "operator/decide/analysis.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/decide/canary_steps.h"
#include "tests/unit/decide/analysis_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;
using api::AnalysisMetric;
using Kind = Observation::Kind;
using Result = Verdict::Result;
using testing::HasSubstr;

/// A canary to revision "new", whose analysis has the metric "errors".
struct Rollout {
  Rollout() {
    spec.strategy = api::RolloutStrategy::Canary;
    spec.steps = {api::SetWeight{20}, api::AnalysisStep{{"latency"}}, api::SetWeight{50},
                  api::AnalysisStep{{"latency"}}};
    AnalysisMetric latency = errors();
    latency.name = "latency";
    spec.analysis = {errors(), latency};
    status = {.stableRevision = "old",
              .currentRevision = "new",
              .rollout = {.revision = "new", .stepsHash = stepsHash(spec.steps), .stepCount = 4}};
  }
  std::vector<std::string> begin(bool served = true) {
    std::vector<std::string> names;
    for (const DueMeasurement& due : beginAnalysis(spec, status, paused, served, now))
      names.push_back(due.metric->name);
    return names;
  }
  Analysis look(std::map<std::string, Observation> seen = {}) {
    for (auto& [name, one] : seen) one.at = now;
    Analysis out =
        analyse({.spec = spec, .status = status, .target = "new", .paused = paused, .seen = std::move(seen)}, now);
    status.rollout.analysis = out.metrics;
    return out;
  }

  WallTime now = t0;
  bool paused = false;
  api::RolloutSpec spec;
  api::WorkloadStatus status;
};

using Names = std::vector<std::string>;

TEST(Analysis, BeginsOnceAPodServes) {
  Rollout rollout;
  EXPECT_EQ(rollout.begin(false), Names{});
  EXPECT_EQ(rollout.look().background->result, Result::NotYet) << "it is to be measured yet";
  EXPECT_EQ(rollout.begin(), Names{"errors"});
  EXPECT_EQ(rollout.status.rollout.analysis.front().startedAt, t0);
  rollout.now += 10s;
  EXPECT_EQ(rollout.begin(false), Names{"errors"}) << "once begun it goes on";
  EXPECT_EQ(rollout.status.rollout.analysis.front().startedAt, t0);
}

TEST(Analysis, BesideTheRolloutBeginsAtItsStep) {
  Rollout rollout;
  rollout.spec.analysis[0].startAtStep = 2;
  EXPECT_EQ(rollout.begin(), Names{});
  rollout.status.rollout.stepIndex = 2;
  EXPECT_EQ(rollout.begin(), Names{"errors"});
}

TEST(Analysis, AMetricOfAStepIsMeasuredInThatStepAlone) {
  Rollout rollout;
  EXPECT_EQ(rollout.begin(), Names{"errors"});
  EXPECT_FALSE(rollout.look().step);
  rollout.status.rollout.stepIndex = 1;
  EXPECT_EQ(rollout.begin(), (Names{"errors", "latency"}));
  rollout.now += 30s;
  const Analysis first = rollout.look({{"latency", good()}});
  EXPECT_EQ(first.step->result, Result::Successful);
  EXPECT_EQ(first.background->result, Result::NotYet);
  rollout.status.rollout.stepIndex = 2;
  EXPECT_FALSE(rollout.look().step);
}

TEST(Analysis, ALaterStepMeasuresAnew) {
  Rollout rollout;
  rollout.status.rollout.stepIndex = 1;
  (void)rollout.begin();
  rollout.now += 30s;
  EXPECT_EQ(rollout.look({{"latency", good()}}).step->result, Result::Successful);
  rollout.status.rollout.stepIndex = 3;
  EXPECT_EQ(rollout.look({{"latency", good()}}).step->result, Result::NotYet);
  EXPECT_EQ(rollout.begin(), (Names{"errors", "latency"}));
  rollout.now += 30s;
  EXPECT_EQ(rollout.look({{"latency", bad()}}).step->result, Result::Failed);
}

TEST(Analysis, TheWorstOfItsMetricsCounts) {
  Rollout rollout;
  rollout.spec.steps.clear();
  rollout.status.rollout.stepsHash.clear();
  (void)rollout.begin();
  rollout.now += 30s;
  EXPECT_EQ(rollout.look({{"errors", good()}, {"latency", noData()}}).background->result, Result::Inconclusive);
  rollout.now += 30s;
  const Analysis failed = rollout.look({{"errors", bad()}, {"latency", noData()}});
  EXPECT_EQ(failed.background->result, Result::Failed);
  EXPECT_THAT(failed.background->message, HasSubstr("errors is 0.05"));
}

TEST(Analysis, TellsWhenNobodyKnowsAndWhenItIsKnownAgain) {
  Rollout rollout;
  (void)rollout.begin();
  rollout.now += 30s;
  ASSERT_EQ(rollout.look({{"errors", away()}}).events.size(), 1U);
  rollout.now += 30s;
  EXPECT_TRUE(rollout.look({{"errors", away()}}).events.empty());
  rollout.now += 30s;
  const Analysis back = rollout.look({{"errors", good()}});
  ASSERT_EQ(back.events.size(), 1U);
  EXPECT_EQ(back.events[0].reason, "AnalysisResumed");
}

/// What is said of a bad measurement after `change`.
std::optional<Verdict> judged(const std::function<void(Rollout&)>& change) {
  Rollout rollout;
  (void)rollout.begin();
  rollout.now += 30s;
  change(rollout);
  const auto before = rollout.status;
  const Analysis found = rollout.look({{"errors", bad()}});
  EXPECT_EQ(rollout.status, before) << "what is known stays";
  EXPECT_EQ(rollout.begin(), Names{});
  EXPECT_FALSE(found.step);
  return found.background;
}

TEST(Analysis, JudgesNothingWhileNoRolloutIsUnderWay) {
  EXPECT_FALSE(judged([](Rollout& r) { r.paused = true; }));
  EXPECT_FALSE(judged([](Rollout& r) { r.status.rollout.promoteFull = true; }));
  EXPECT_FALSE(judged([](Rollout& r) { r.status.stableRevision = "new"; })) << "it is done";
}

TEST(Analysis, OfARolloutThatTheStatusDoesNotKnowNothingIsMeasured) {
  const auto isNotYet = [](const std::optional<Verdict>& verdict) {
    return verdict && verdict->result == Result::NotYet;
  };
  EXPECT_TRUE(isNotYet(judged([](Rollout& r) { r.status.rollout.revision = "old"; })));
  EXPECT_TRUE(isNotYet(judged([](Rollout& r) { r.spec.steps.pop_back(); }))) << "the steps begin anew";
  EXPECT_TRUE(isNotYet(judged([](Rollout& r) { r.status = {}; }))) << "the status was lost";
  EXPECT_TRUE(isNotYet(judged([](Rollout& r) { r.status.stableRevision.clear(); }))) << "it is the first";
  EXPECT_TRUE(isNotYet(judged([](Rollout& r) {
    r.status.rollout.promoteFull = true;
    r.status.rollout.revision = "old";
  }))) << "what was promoted was another";
  EXPECT_FALSE(judged([](Rollout& r) {
    r.status = {};
    r.spec.analysis.erase(r.spec.analysis.begin());
  })) << "the steps alone are analysed";
}

TEST(Analysis, MeasuresNoMoreOnceItHasFailed) {
  Rollout rollout;
  (void)rollout.begin();
  rollout.now += 30s;
  (void)rollout.look({{"errors", bad()}});
  EXPECT_EQ(rollout.begin(), Names{});
}

TEST(Analysis, TellsOfAFailureWhereNothingIsUndone) {
  const auto told = [](bool autoRollback, const Observation& seen, int times) {
    Rollout rollout;
    rollout.spec.autoRollback = autoRollback;
    (void)rollout.begin();
    Names reasons;
    for (; times > 0; --times) {
      rollout.now += 60s;
      for (const RolloutEvent& event : rollout.look({{"errors", seen}}).events) reasons.push_back(event.reason);
    }
    return reasons;
  };
  EXPECT_EQ(told(true, bad(), 1), Names{}) << "the rollback tells it";
  EXPECT_EQ(told(false, bad(), 1), Names{"AnalysisFailed"});
  EXPECT_EQ(told(false, refused(), 5), Names{"AnalysisError"});
}

TEST(Analysis, FromNotKnowingToAFailureItDoesNotResume) {
  Rollout rollout;
  (void)rollout.begin();
  rollout.now += 30s;
  (void)rollout.look({{"errors", away()}});
  rollout.now += 30s;
  EXPECT_TRUE(rollout.look({{"errors", bad()}}).events.empty());
}

TEST(Analysis, GoesOnAfterARestartOfTheOperator) {
  Rollout rollout;
  rollout.spec.analysis[0].failureLimit = 1;
  (void)rollout.begin();
  rollout.now += 30s;
  (void)rollout.look({{"errors", bad()}});
  rollout.status.rollout = api::parseRolloutStatus(api::toJson(rollout.status.rollout));
  rollout.now += 30s;
  EXPECT_EQ(rollout.look({{"errors", bad()}}).background->result, Result::Failed);
}

}  // namespace
}  // namespace tidewright::decide
