#include "operator/decide/autoscale.h"

#include <date/tz.h>
#include <gtest/gtest.h>

#include "operator/decide/history.h"
#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;

Observed seen(int32_t current, api::Sample sample) {
  return {.current = current, .readyPods = current, .samples = {sample}};
}

std::vector<std::string> stepNames(const Decision& decision) {
  std::vector<std::string> names;
  for (const api::TraceStep& step : decision.trace.steps) names.push_back(step.step);
  return names;
}
using Names = std::vector<std::string>;

TEST(Scale, FollowsTheLoadUpAtOnce) {
  const Decision decision = scale(plainPolicy(), seen(3, api::Number{500}), t0);
  EXPECT_EQ(decision.replicas, 5);
  EXPECT_EQ(stepNames(decision), Names{"propose"});
  EXPECT_EQ(decision.trace.metrics.at(0).proposal, 5);
  EXPECT_TRUE(decision.metricsAvailable);
}

TEST(Scale, AtFirstSightTakesTheCurrentCountAsAskedFor) {
  const Decision decision = scale(plainPolicy(), seen(8, api::Number{100}), t0);
  EXPECT_EQ(decision.replicas, 8);
  EXPECT_EQ(stepNames(decision), (Names{"propose", "stabilise"}));
  EXPECT_EQ(decision.history.recommendations, (std::vector<api::Recommendation>{{t0, 8, 8}, {t0, 1, 1}}));
}

TEST(Scale, MovesIntoTheBoundsAtOnceAndSkipsTheRest) {
  const Decision decision = scale(plainPolicy(), seen(30, api::Number{1e9}), t0);
  EXPECT_EQ(decision.replicas, 20);
  EXPECT_EQ(stepNames(decision), Names{"bounds"});
  EXPECT_TRUE(decision.history.recommendations.empty());
  EXPECT_EQ(scale(plainPolicy(), seen(0, api::Unknown{"x"}), t0).replicas, 1);
}

/// Else a restart in between would change what follows, and what is stored would differ from the memory for ever.
TEST(Scale, WhereTheBoundsDecideTheLastProposalLasts) {
  Observed above = seen(30, api::Number{500});
  above.history.recommendations = {{t0 - 60s, 9, 9}, {t0 - 15s, 5, 5}};
  const Decision decision = scale(plainPolicy(), above, t0);
  EXPECT_EQ(stepNames(decision), Names{"bounds"});
  EXPECT_EQ(decision.history.recommendations, (std::vector<api::Recommendation>{{t0 - 60s, 9, 9}, {t0, 5, 5}}));
}

TEST(Remember, AChangeIsAScaleEventAndHoldingIsNone) {
  api::AutoscalingStatus memory;
  const Decision up = scale(plainPolicy(), seen(3, api::Number{500}), t0 + 300ms);
  remember(up, plainPolicy().behavior, memory);
  EXPECT_EQ(memory.desiredReplicas, 5);
  EXPECT_EQ(memory.lastScaleTime, t0);
  EXPECT_EQ(memory.history.scaleEvents, (std::vector<api::ScaleEvent>{{t0, 2}}));
  EXPECT_EQ(memory.lastDecision, up.trace);

  Observed later = seen(5, api::Number{500});
  later.history = memory.history;
  remember(scale(plainPolicy(), later, t0 + 15s), plainPolicy().behavior, memory);
  EXPECT_EQ(memory.lastScaleTime, t0);
  EXPECT_EQ(memory.history.scaleEvents.size(), 1U);
  EXPECT_EQ(memory.lastDecision->time, t0 + 15s);
}

TEST(Remember, DryRunChangesNothingSoItIsNoEvent) {
  api::Autoscaling policy = plainPolicy();
  policy.mode = api::ScalingMode::DryRun;
  api::AutoscalingStatus memory;
  remember(scale(policy, seen(3, api::Number{500}), t0), policy.behavior, memory);
  EXPECT_EQ(memory.desiredReplicas, 3);
  EXPECT_TRUE(memory.history.scaleEvents.empty());
  EXPECT_FALSE(memory.lastScaleTime);
}

TEST(Scale, HoldsWhileNothingIsKnown) {
  const Decision decision = scale(plainPolicy(), seen(8, api::Unknown{"HTTP 503"}), t0);
  EXPECT_EQ(decision.replicas, 8);
  EXPECT_FALSE(decision.metricsAvailable);
  EXPECT_EQ(decision.history.unknownSince.at("load"), t0);
  Observed later = seen(8, api::Unknown{"HTTP 503"});
  later.history = decision.history;
  EXPECT_EQ(scale(plainPolicy(), later, t0 + 15s).history.unknownSince.at("load"), t0);
  later.samples = {api::Number{800}};
  EXPECT_TRUE(scale(plainPolicy(), later, t0 + 15s).history.unknownSince.empty());
}

TEST(Scale, HoldsWhenASampleWasNotGivenAtAll) {
  EXPECT_EQ(scale(plainPolicy(), {.current = 8, .readyPods = 8}, t0).replicas, 8);
}

TEST(Scale, NamesEveryStepThatChangedTheNumber) {
  api::Autoscaling policy = plainPolicy();
  policy.pausedDirections = {api::Direction::Up};
  policy.panic = api::Panic{};
  Observed busy = seen(3, api::Number{1900});
  busy.panicSample = api::Number{1000};
  const Decision decision = scale(policy, busy, t0);
  EXPECT_EQ(stepNames(decision), (Names{"propose", "limitRate", "panic", "pausedDirections"}));
  EXPECT_EQ(decision.replicas, 3);
}

TEST(Scale, PausedDirectionsBlockOneSideOnly) {
  api::Autoscaling policy = plainPolicy();
  policy.pausedDirections = {api::Direction::Down};
  EXPECT_EQ(scale(policy, seen(3, api::Number{500}), t0).replicas, 5);
  EXPECT_EQ(scale(policy, seen(30, api::Number{500}), t0).replicas, 30);
}

TEST(Scale, DryRunAndPausedDecideAndKeepTheCount) {
  for (const api::ScalingMode mode : {api::ScalingMode::DryRun, api::ScalingMode::Paused}) {
    api::Autoscaling policy = plainPolicy();
    policy.mode = mode;
    const Decision decision = scale(policy, seen(3, api::Number{500}), t0);
    EXPECT_EQ(decision.replicas, 3);
    EXPECT_EQ(decision.decided, 5);
    EXPECT_EQ(stepNames(decision), (Names{"propose", "mode"}));
    EXPECT_EQ(decision.history.recommendations.back().highest, 5);
  }
}

TEST(Scale, GoesToZeroAndBack) {
  api::Autoscaling policy = plainPolicy();
  policy.minReplicas = 0;
  policy.metrics[0].activation = {5'000};
  policy.cooldown = 60s;
  policy.behavior.scaleDown.stabilizationWindow = 0s;
  Observed now = seen(2, api::Number{3});
  std::vector<int32_t> counts;
  for (int tick = 0; tick < 8; ++tick) {
    now.samples = {api::Number{tick < 5 ? 3.0 : tick == 5 ? 5.0 : 150.0}};
    Decision decision = scale(policy, now, t0 + tick * 15s);
    now.history = std::move(decision.history);
    if (decision.replicas != now.current) {
      recordChange(now.history, decision.replicas - now.current, policy.behavior, t0 + tick * 15s);
    }
    now.current = decision.replicas;
    counts.push_back(now.current);
  }
  EXPECT_EQ(counts, (std::vector<int32_t>{1, 1, 1, 1, 0, 0, 2, 2}));
}

TEST(Scale, LosesAScheduleFloorOnlyByTheRules) {
  api::Autoscaling policy = plainPolicy();
  policy.schedules = {{.name = "morning",
                       .start = *api::Cron::parse("0 8 * * *"),
                       .end = *api::Cron::parse("0 9 * * *"),
                       .timeZone = "UTC",
                       .zone = date::locate_zone("UTC"),
                       .replicas = 6}};
  // t0 is 08:00 UTC.
  const Decision raised = scale(policy, seen(2, api::Number{100}), t0);
  EXPECT_EQ(raised.replicas, 6);
  EXPECT_EQ(stepNames(raised), Names{"bounds"});
  EXPECT_EQ(scale(policy, seen(6, api::Number{700}), t0 + 1s).replicas, 7);
  EXPECT_EQ(scale(policy, seen(6, api::Number{100}), t0 + 1h).replicas, 6);  // held by the window
}

TEST(Scale, ReadsTheSameAtTheNextTickWhenNothingChanged) {
  api::Autoscaling policy = plainPolicy();
  Observed now = seen(5, api::Number{480});
  Decision first = scale(policy, now, t0);
  now.history = first.history;
  Decision second = scale(policy, now, t0 + 15s);
  second.trace.time = first.trace.time;
  EXPECT_EQ(second.trace, first.trace);
}

TEST(Scale, CountsInWholeSeconds) {
  const Decision decision = scale(plainPolicy(), seen(5, api::Number{480}), t0 + 999ms);
  EXPECT_EQ(decision.trace.time, t0);
  EXPECT_EQ(decision.history.recommendations.back().at, t0);
}

}  // namespace
}  // namespace tidewright::decide
