// What the verdict of an analysis does to a rollout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/decide/rollout.h"
#include "tests/unit/decide/rollout_fixtures.h"

namespace tidewright::decide {
namespace {

using testing::HasSubstr;

TEST(AnalysedCanary, AFailedAnalysisIsUndoneAtOnce) {
  auto in = canaryAt(1, 4, {api::SetWeight{20}, api::Pause{}});
  in.background = Verdict{Verdict::Result::Failed, "errors is 0.05, above its limit"};
  const auto decision = decideRollout(in, t0);
  EXPECT_TRUE(decision.rolledBack);
  EXPECT_THAT(decision.progressing.message, HasSubstr("errors is 0.05"));
}

TEST(AnalysedCanary, AnAnalysisThatCannotTellHoldsIt) {
  auto in = canaryAt(1, 4, {api::SetWeight{20}, api::SetWeight{50}});
  in.background = Verdict{Verdict::Result::Inconclusive, "no data"};
  const auto decision = decideRollout(in, t0);
  EXPECT_TRUE(decision.actions.empty());
  EXPECT_EQ(decision.status.rollout.stepIndex, 0);
  EXPECT_EQ(decision.status.rollout.pausedAt, t0);
}

/// All steps done: on its way to the whole app.
RolloutInput canaryAtTheEnd(int32_t canary, int32_t stable, Verdict::Result verdict) {
  auto in = canaryAt(canary, stable, {api::SetWeight{20}});
  in.status = decideRollout(in, t0).status;
  in.status.rollout.stepIndex = 1;
  in.background = Verdict{verdict, "no data"};
  return in;
}

TEST(AnalysedCanary, AnAnalysisThatCannotTellStopsItAlsoAfterItsLastStep) {
  auto in = canaryAtTheEnd(2, 3, Verdict::Result::Inconclusive);
  EXPECT_EQ(said(decideRollout(in, t0)), Said{});
  EXPECT_EQ(decideRollout(in, t0).status.rollout.pausedAt, t0);
  in.background->result = Verdict::Result::Running;
  EXPECT_NE(said(decideRollout(in, t0)), Said{});
}

TEST(AnalysedCanary, WhileAnAnalysisCannotTellTheStableSideFollowsTheCount) {
  auto in = canaryAtTheEnd(2, 2, Verdict::Result::Inconclusive);
  in.desired = 6;
  EXPECT_EQ(said(decideRollout(in, t0)), Said{"web-old to 4 +sized-for"});
}

TEST(AnalysedCanary, IsNotPromotedBeforeAnAnalysisWasMade) {
  auto in = canaryAtTheEnd(4, 0, Verdict::Result::NotYet);
  EXPECT_EQ(decideRollout(in, t0).status.stableRevision, "old");
  EXPECT_FALSE(decideRollout(in, t0).complete);
  in.background->result = Verdict::Result::Inconclusive;
  EXPECT_EQ(decideRollout(in, t0).status.stableRevision, "old");
  in.background->result = Verdict::Result::Successful;
  EXPECT_EQ(decideRollout(in, t0).status.stableRevision, "new");
}

TEST(AnalysedRollout, TheFirstRevisionWaitsForNoAnalysis) {
  auto in = input({set("new", {})});
  in.background = Verdict{Verdict::Result::NotYet, "not measured"};
  EXPECT_TRUE(decideRollout(in, t0).complete);
}

TEST(AnalysedCanary, StaysInItsLastStepUntilAnAnalysisWasMade) {
  auto in = canaryAt(1, 4, {api::SetWeight{20}});
  in.background = Verdict{Verdict::Result::NotYet, "not measured"};
  const auto decision = decideRollout(in, t0);
  EXPECT_EQ(said(decision), Said{});
  EXPECT_EQ(decision.status.rollout.stepIndex, 0);
  EXPECT_EQ(decision.status.rollout.pausedAt, std::nullopt) << "nobody has to do anything";
}

TEST(AnalysedCanary, PodsThatAreMissingAreLateWhateverAnAnalysisSays) {
  auto in = canaryAt(1, 4, {api::SetWeight{20}});
  in.replicaSets[1].available = 0;
  in.background = Verdict{Verdict::Result::Inconclusive, "no data"};
  in.status = decideRollout(in, t0).status;
  EXPECT_EQ(in.status.rollout.pausedAt, std::nullopt);
  EXPECT_TRUE(decideRollout(in, t0 + in.spec.progressDeadline).rolledBack);
}

TEST(AnalysedCanary, RetryMeasuresAnewWhatFailedAndWasNotUndone) {
  auto in = canaryAt(2, 3, {api::SetWeight{20}, api::SetWeight{40}, api::Pause{}});
  in.spec.autoRollback = false;
  in.status = decideRollout(in, t0).status;
  in.status.rollout.analysis = {{.name = "errors", .phase = api::MetricAnalysis::Phase::Failed}};
  in.background = Verdict{Verdict::Result::Failed, "errors is 0.05"};
  EXPECT_EQ(decideRollout(in, t0).progressing.reason, "AnalysisFailed");
  in.command = Command::Retry;
  const auto decision = decideRollout(in, t0);
  EXPECT_EQ(decision.commandResult, "revision new is tried again");
  EXPECT_EQ(decision.status.rollout.stepIndex, 0);
  EXPECT_TRUE(decision.status.rollout.analysis.empty());
  EXPECT_EQ(decision.progressing.status, api::ConditionStatus::True);
}

TEST(AnalysedCanary, RetryDoesNotPromoteWhatIsNotMeasuredYet) {
  auto in = canaryAt(4, 0, {});
  in.spec.autoRollback = false;
  in.status = decideRollout(in, t0).status;
  in.status.rollout.revision = "new";
  in.status.rollout.stepsHash.clear();
  in.background = Verdict{Verdict::Result::Failed, "errors is 0.05"};
  in.command = Command::Retry;
  EXPECT_EQ(decideRollout(in, t0).status.stableRevision, "old");
}

TEST(AnalysedCanary, PromotingItInItsLastStepSkipsTheAnalysis) {
  auto in = canaryAt(1, 4, {api::SetWeight{20}});
  in.background = Verdict{Verdict::Result::NotYet, "not measured"};
  in.status = decideRollout(in, t0).status;
  in.command = Command::Promote;
  in.status = decideRollout(in, t0).status;
  EXPECT_TRUE(in.status.rollout.promoteFull);
  in.command.reset();
  EXPECT_EQ(decideRollout(in, t0).status.rollout.stepIndex, 1);
}

TEST(AnalysedCanary, AStepThatIsAnAnalysisWaitsForItOrForAPerson) {
  auto in = canaryAt(1, 4, {api::SetWeight{20}, api::AnalysisStep{{"errors"}}, api::SetWeight{50}});
  EXPECT_EQ(decideRollout(in, t0).status.rollout.message, "an analysis is running");
  in.stepAnalysis = Verdict{Verdict::Result::Running, ""};
  in.status = decideRollout(in, t0).status;
  EXPECT_EQ(in.status.rollout.stepIndex, 1);
  EXPECT_EQ(in.status.rollout.message, "an analysis is running");
  in.stepAnalysis->message = "errors is 0.001";
  EXPECT_EQ(decideRollout(in, t0).status.rollout.message, "errors is 0.001");
  auto promoted = in;
  promoted.command = Command::Promote;
  EXPECT_EQ(decideRollout(promoted, t0).status.rollout.stepIndex, 2);
  in.stepAnalysis->result = Verdict::Result::Successful;
  EXPECT_EQ(decideRollout(in, t0).status.rollout.stepIndex, 2);
}

TEST(AnalysedRollout, AnAnalysisThatCannotTellStopsARollingUpdate) {
  auto in = input({set("old", {.replicas = 3, .available = 3, .promoted = true}),
                   set("new", {.replicas = 1, .available = 1, .number = 2})});
  in.background = Verdict{Verdict::Result::Inconclusive, "no data"};
  const auto decision = decideRollout(in, t0);
  EXPECT_EQ(said(decision), Said{});
  EXPECT_EQ(decision.status.rollout.pausedAt, t0);
  EXPECT_THAT(decision.progressing.message, HasSubstr("no data"));
  in.status = decision.status;
  EXPECT_EQ(decideRollout(in, t0 + seconds(9)).status, in.status);
  in.command = Command::Promote;
  EXPECT_EQ(said(decideRollout(in, t0)), Said{"web-new to 2"}) << "a person may know better";
}

}  // namespace
}  // namespace tidewright::decide
