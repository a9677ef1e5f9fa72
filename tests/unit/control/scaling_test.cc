#include "operator/control/scaling.h"

#include <gtest/gtest.h>

namespace tidewright::control {
namespace {

using std::chrono::seconds;

const WallTime t0{seconds(1'800'000'000)};

api::ScaledApp plainApp(int32_t replicas) {
  return {.name = "web", .ns = "shop", .uid = "u1", .generation = 1, .annotations = {}, .spec = {.replicas = replicas}};
}

api::ScaledApp scaledApp() {
  api::ScaledApp app = plainApp(1);
  api::Metric metric{.name = "rps"};
  metric.prometheus.query = "q";
  metric.target.value = {.milli = 10'000};
  app.spec.autoscaling = api::Autoscaling{.minReplicas = 1, .maxReplicas = 20, .metrics = {metric}};
  return app;
}

ReadSample says(std::optional<api::Sample> sample, WallTime answeredAt = t0) {
  return [=](const api::Query&) { return sample ? std::optional<Measured>({*sample, answeredAt}) : std::nullopt; };
}

decide::ReplicaSetView setOf(int32_t replicas, std::optional<decide::SizedFor> sizedFor) {
  return {.name = "web-a", .revision = "a", .record = {.number = 1, .sizedFor = sizedFor}, .replicas = replicas};
}

TEST(CountInForce, IsWhatTheStatusSays) {
  const api::ScaledApp app = plainApp(3);
  EXPECT_EQ(countInForce({.app = app, .storedDesired = 7}), 7);
  EXPECT_EQ(countInForce({.app = app, .stored = {.desiredReplicas = 9}, .storedDesired = 7}), 9);
}

TEST(CountInForce, IsRebuiltFromTheReplicaSetsWhenTheStatusIsLost) {
  const api::ScaledApp app = scaledApp();
  EXPECT_EQ(countInForce({.app = app, .replicaSets = {setOf(9, decide::SizedFor{8, 10})}}), 8);
  EXPECT_EQ(countInForce({.app = app, .replicaSets = {setOf(9, std::nullopt)}}), 9);
}

TEST(CountInForce, OfANewAppIsItsReplicas) {
  const api::ScaledApp app = plainApp(3);
  EXPECT_EQ(countInForce({.app = app}), 3);
}

TEST(Scaling, FollowsReplicasWithoutAutoscaling) {
  Scaling scaling;
  api::ScaledApp app = plainApp(3);
  EXPECT_EQ(scaling.look({.app = app}, says({}), t0).desired, 3);
  app.spec.replicas = 5;
  const Scaled scaled = scaling.look({.app = app}, says({}), t0);
  EXPECT_EQ(scaled.desired, 5);
  EXPECT_EQ(scaled.from, 3);
}

TEST(Scaling, KeepsTheCountOfAPausedApp) {
  Scaling scaling;
  api::ScaledApp app = plainApp(3);
  EXPECT_EQ(scaling.look({.app = app}, says({}), t0).desired, 3);
  app.spec.paused = true;
  app.spec.replicas = 5;
  EXPECT_EQ(scaling.look({.app = app}, says({}), t0).desired, 3);
  app.spec.paused = false;
  EXPECT_EQ(scaling.look({.app = app}, says({}), t0).desired, 5);
}

TEST(Scaling, WaitsForTheFirstAnswerAndThenDecidesOncePerPoll) {
  Scaling scaling;
  const api::ScaledApp app = scaledApp();
  const Scaled waiting = scaling.look({.app = app}, says(std::nullopt), t0);
  EXPECT_EQ(waiting.desired, 1);
  EXPECT_EQ(waiting.decision(), nullptr);

  const Scaled first = scaling.look({.app = app}, says(api::Number{40}), t0);
  EXPECT_EQ(first.desired, 4);
  EXPECT_EQ(first.from, 1);
  // A pod that became ready is no reason to look at the metrics again.
  scaling.told(app.uid, "");
  const Scaled between = scaling.look({.app = app}, says(api::Number{90}), t0 + seconds(5));
  EXPECT_EQ(between.desired, 4);
  EXPECT_FALSE(between.from);
  EXPECT_EQ(scaling.look({.app = app}, says(api::Number{90}), t0 + seconds(15)).desired, 8);
}

TEST(Scaling, DecidesOnceASecondAtMost) {
  using std::chrono::milliseconds;
  Scaling scaling;
  api::ScaledApp app = scaledApp();
  app.spec.autoscaling->poll = seconds(1);
  const auto tickAt = [&](milliseconds at) {
    return scaling.look({.app = app}, says(api::Number{40}), t0 + at).isTick;
  };
  EXPECT_TRUE(tickAt(milliseconds(50)));
  EXPECT_FALSE(tickAt(milliseconds(150))) << "a pod became ready in the very second of the tick";
  EXPECT_FALSE(tickAt(milliseconds(990)));
  EXPECT_TRUE(tickAt(milliseconds(1010)));
  EXPECT_TRUE(tickAt(milliseconds(2950)));
  EXPECT_TRUE(tickAt(milliseconds(3010))) << "late once is not late for ever";
}

TEST(Scaling, TakesUpTheRhythmOfTheAnswers) {
  using std::chrono::milliseconds;
  Scaling scaling;
  const api::ScaledApp app = scaledApp();  // Poll 15 s.
  const auto answerAt = [&](milliseconds at) {
    return scaling.look({.app = app}, says(api::Number{40}, t0 + at), t0 + at + milliseconds(3)).isTick;
  };
  EXPECT_TRUE(answerAt(seconds(0)));
  EXPECT_TRUE(answerAt(seconds(10))) << "the first answer came at once, the second at its place in the poll";
  EXPECT_FALSE(answerAt(seconds(20))) << "somebody else asks the same more often";
  EXPECT_TRUE(answerAt(seconds(25)));
  const auto lookAt = [&](seconds at) {
    return scaling.look({.app = app}, says(api::Number{40}, t0 + seconds(25)), t0 + at).isTick;
  };
  EXPECT_FALSE(lookAt(seconds(39)));
  EXPECT_TRUE(lookAt(seconds(41))) << "the answer is late: decided without";
  EXPECT_FALSE(lookAt(seconds(42))) << "nothing new";
  EXPECT_TRUE(answerAt(milliseconds(42'500))) << "here it is";
  EXPECT_FALSE(answerAt(seconds(55)));
  EXPECT_TRUE(answerAt(milliseconds(57'500)));
}

TEST(Scaling, NeverLooksJustBeforeTheAnswer) {
  using std::chrono::milliseconds;
  Scaling scaling;
  const api::ScaledApp app = scaledApp();
  const WallTime lateInASecond = t0 + milliseconds(999);
  const Scaled scaled = scaling.look({.app = app}, says(api::Number{40}, lateInASecond), lateInASecond);
  EXPECT_EQ(scaled.lookAgain, lateInASecond + app.spec.autoscaling->poll + seconds(1));

  // The next answer comes within the same second, and is taken up in the next one.
  const ReadSample next = says(api::Number{90}, lateInASecond + milliseconds(1));
  const Scaled soon = scaling.look({.app = app}, next, lateInASecond);
  EXPECT_FALSE(soon.isTick);
  EXPECT_EQ(soon.lookAgain, t0 + seconds(1));
  EXPECT_TRUE(scaling.look({.app = app}, next, t0 + seconds(1)).isTick);
}

TEST(Scaling, ADecisionLateAfterItsAnswerSetsNoRhythm) {
  using std::chrono::milliseconds;
  Scaling scaling;
  const api::ScaledApp app = scaledApp();
  const auto lookAt = [&](milliseconds answered, milliseconds looked) {
    return scaling.look({.app = app}, says(api::Number{40}, t0 + answered), t0 + looked).isTick;
  };
  EXPECT_TRUE(lookAt(milliseconds(0), milliseconds(1)));
  EXPECT_TRUE(lookAt(milliseconds(50), milliseconds(1000)));
  EXPECT_TRUE(lookAt(milliseconds(15'050), milliseconds(15'051))) << "not until the poll after the late look is over";
}

TEST(Scaling, GivesAChangeUntilItWasMade) {
  Scaling scaling;
  const api::ScaledApp app = scaledApp();
  EXPECT_EQ(scaling.look({.app = app}, says(api::Number{30}), t0).from, 1);
  EXPECT_EQ(scaling.look({.app = app}, says(api::Number{30}), t0).from, 1) << "a write failed: it is made again";
  scaling.told(app.uid, "");
  EXPECT_EQ(scaling.look({.app = app}, says(api::Number{30}), t0).from, std::nullopt);
}

TEST(Scaling, AWriteToATargetThatNeverArrivedIsMadeAgainAndCountedOnce) {
  Scaling scaling;
  const api::ScaledApp app = scaledApp();
  const auto look = [&](int32_t there, seconds at) {
    return scaling.look({.app = app, .countThere = there}, says(api::Number{30}), t0 + at);
  };
  EXPECT_EQ(look(1, seconds(0)).desired, 3);
  const Scaled again = look(1, seconds(1));
  EXPECT_EQ(again.desired, 3);
  EXPECT_EQ(again.memory.history.scaleEvents.size(), 1U);
  scaling.told(app.uid, "");
  EXPECT_EQ(look(7, seconds(2)).desired, 7) << "somebody else scaled it";
}

TEST(Scaling, HoldsWhenTheMetricIsUnknown) {
  Scaling scaling;
  const api::ScaledApp app = scaledApp();
  EXPECT_EQ(scaling.look({.app = app}, says(api::Number{40}), t0).desired, 4);
  const Scaled held = scaling.look({.app = app}, says(api::Unknown{"HTTP 503"}), t0 + seconds(1000));
  EXPECT_EQ(held.desired, 4);
  ASSERT_NE(held.decision(), nullptr);
  EXPECT_TRUE(std::holds_alternative<api::Unknown>(held.decision()->metrics.at(0).sample));
}

TEST(Scaling, KeepsTheCountAfterAutoscalingWasRemovedUntilReplicasChange) {
  Scaling scaling;
  api::ScaledApp app = scaledApp();
  EXPECT_EQ(scaling.look({.app = app}, says(api::Number{40}), t0).desired, 4);
  app.spec.autoscaling.reset();
  const Scaled kept = scaling.look({.app = app}, says({}), t0);
  EXPECT_EQ(kept.desired, 4);
  EXPECT_TRUE(kept.keptAfterRemoval);
  app.spec.replicas = 2;
  const Scaled own = scaling.look({.app = app}, says({}), t0);
  EXPECT_EQ(own.desired, 2);
  EXPECT_FALSE(own.memory.desiredReplicas);
}

TEST(Scaling, ReadsTheGapOfARestartCautiously) {
  const api::ScaledApp app = scaledApp();
  const api::AutoscalingStatus stored{.desiredReplicas = 8, .history = {.recommendations = {{t0, 8, 8}}}};
  Scaling scaling;
  const Scaled waiting = scaling.look({.app = app, .stored = stored}, says(std::nullopt), t0 + seconds(1799));
  EXPECT_EQ(waiting.memory, stored) << "nothing is to be written before there is an answer";
  // Nobody looked for half an hour: the default window of 300 s must still hold the count up.
  const Scaled scaled = scaling.look({.app = app, .stored = stored}, says(api::Number{10}), t0 + seconds(1800));
  EXPECT_EQ(scaled.desired, 8);
}

TEST(Scaling, ForgetsAnAppWithAllItsShards) {
  Scaling scaling;
  api::ScaledApp app = scaledApp();
  for (const char* shard : {"a", "b"}) {
    (void)scaling.look({.app = app, .shard = shard}, says(api::Number{40}), t0);
    EXPECT_TRUE(scaling.memoryOf("u1", shard));
  }
  app.uid = "u2";
  (void)scaling.look({.app = app}, says(api::Number{40}), t0);
  scaling.forget("u1");
  EXPECT_FALSE(scaling.memoryOf("u1", "a"));
  EXPECT_FALSE(scaling.memoryOf("u1", "b"));
  EXPECT_TRUE(scaling.memoryOf("u2", ""));
}

}  // namespace
}  // namespace tidewright::control
