#include "operator/decide/rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/rollout_fixtures.h"

namespace tidewright::decide {
namespace {

using api::ConditionStatus;
using api::RolloutStrategy;
using testing::HasSubstr;

TEST(Rollout, TheFirstRevisionComesWithAllItsPods) {
  const RolloutDecision decision = decideRollout(input({}), t0);
  EXPECT_EQ(said(decision), Said{"create new with 4"});
  const auto& create = std::get<CreateReplicaSet>(decision.actions.front());
  EXPECT_EQ(create.record.number, 1);
  EXPECT_EQ(create.record.sizedFor, (SizedFor{4, 5}));
  EXPECT_EQ(decision.progressing.reason, "NewReplicaSetCreated");
}

TEST(Rollout, ANewRevisionBeginsWithWhatTheSurgeAllows) {
  EXPECT_EQ(said(decideRollout(input({set("old", {.promoted = true})}), t0)), Said{"create new with 1"});
}

TEST(Rollout, ThenOldPodsGoAsNewOnesBecomeAvailable) {
  const auto decision = decideRollout(
      input({set("old", {.promoted = true}), set("new", {.replicas = 1, .available = 1, .number = 2})}), t0);
  EXPECT_EQ(said(decision), Said{"web-old to 3"});
}

TEST(Rollout, AtTheEndTheNewRevisionIsTheStableOne) {
  const auto decision = decideRollout(
      input({set("old", {.replicas = 0, .available = 0, .promoted = true}), set("new", {.number = 2})}), t0);
  EXPECT_EQ(said(decision), (Said{"web-new +promoted-at"}));
  EXPECT_TRUE(decision.complete);
  EXPECT_EQ(decision.status.stableRevision, "new");
}

TEST(Rollout, AFirstPromotionThatIsStoredInTheStatusOnlyIsNotMadeAgain) {
  auto in = input({set("old", {})}, "old");
  in.status.currentRevision = "old";
  const RolloutDecision whole = decideRollout(in, t0);
  EXPECT_EQ(said(whole), Said{"web-old +promoted-at"});
  EXPECT_EQ(whole.events.size(), 1U);
  in.status = whole.status;
  ASSERT_EQ(in.status.stableRevision, "old");
  const RolloutDecision again = decideRollout(in, t0 + seconds(9));
  EXPECT_EQ(said(again), Said{"web-old +promoted-at"});
  EXPECT_EQ(again.status, in.status);
  EXPECT_TRUE(again.events.empty());

  in.replicaSets[0].available = 0;
  in.replicaSets.push_back(set("new", {.replicas = 1, .available = 0, .number = 2}));
  in.target = revision("new");
  EXPECT_EQ(decideRollout(in, t0 + seconds(9)).status.stableRevision, "old");
}

TEST(Rollout, AReplicaSetWithoutARevisionIsNotTheStableOneOfAnAppThatHasNone) {
  auto in = input({set("", {}), set("new", {.available = 0, .number = 2})});
  EXPECT_EQ(decideRollout(in, t0).status.stableRevision, "");
}

TEST(Rollout, TheDeadlineOfAFirstRolloutRunsAlsoWhileNothingIsStored) {
  auto in = input({set("new", {.replicas = 4, .available = 0})});
  const WallTime deadline = in.replicaSets[0].createdAt + in.spec.progressDeadline;
  EXPECT_EQ(decideRollout(in, deadline - seconds(1)).progressing.status, ConditionStatus::True);
  EXPECT_EQ(decideRollout(in, deadline).progressing.reason, "ProgressDeadlineExceeded");
}

TEST(Rollout, TheFirstRolloutBeganWhenItsReplicaSetWasMadeHoweverLateThatIsTold) {
  const auto in = input({set("new", {.replicas = 4, .available = 0})});
  EXPECT_EQ(decideRollout(in, t0).status.rollout.startedAt, in.replicaSets[0].createdAt);
}

TEST(Rollout, AtTheFixedPointNothingIsWritten) {
  auto in = input({set("new", {.promoted = true})});
  in.status = decideRollout(in, t0).status;
  const auto decision = decideRollout(in, t0 + seconds(60));
  EXPECT_TRUE(decision.actions.empty());
  EXPECT_EQ(decision.status, in.status);
  EXPECT_FALSE(decision.lookAgain);
  EXPECT_EQ(decision.progressing.status, ConditionStatus::True);
}

TEST(Rollout, DyingAfterThePromotionLeavesNothingOfItsStepsBehind) {
  auto in = canaryAt(4, 0, {});
  in.status = decideRollout(in, t0).status;
  const api::WorkloadStatus orderly = in.status;
  ASSERT_EQ(orderly.stableRevision, "new");
  in.status.rollout.stepIndex = 1;
  in.status.rollout.desiredWeight = 100;
  in.status.rollout.promoteFull = true;
  in.replicaSets[1].record.promotedAt = t0;
  EXPECT_EQ(decideRollout(in, t0 + seconds(1)).status, orderly);
}

TEST(Rollout, PausedChangesNothing) {
  auto in = input({set("old", {.promoted = true})});
  in.paused = true;
  in.desired = 9;
  const auto decision = decideRollout(in, t0);
  EXPECT_TRUE(decision.actions.empty());
  EXPECT_EQ(decision.progressing.reason, "Paused");
}

TEST(Rollout, RecreateWaitsForTheLastOldPodToBeGone) {
  auto old = set("old", {.replicas = 4, .promoted = true});
  auto in = input({old});
  in.spec.strategy = RolloutStrategy::Recreate;
  EXPECT_EQ(said(decideRollout(in, t0)), (Said{"web-old to 0 +sized-for"}));
  in.replicaSets[0].replicas = 0;
  in.replicaSets[0].available = 0;
  in.replicaSets[0].pods = 1;  // still terminating
  EXPECT_TRUE(decideRollout(in, t0).actions.empty());
  in.replicaSets[0].pods = 0;
  EXPECT_EQ(said(decideRollout(in, t0)), Said{"create new with 4"});
}

/// A rollout that has made no progress since t0.
RolloutInput stuck(std::vector<PodProblem> problems) {
  auto in = input({set("old", {.replicas = 4, .promoted = true}),
                   set("new", {.replicas = 1, .available = 0, .number = 2, .problems = std::move(problems)})});
  in.spec.progressDeadline = seconds(30);
  in.status = decideRollout(in, t0).status;
  return in;
}

TEST(Rollout, LooksAgainWhenTheDeadlinePasses) {
  EXPECT_EQ(decideRollout(stuck({}), t0 + seconds(10)).lookAgain, t0 + seconds(30));
  EXPECT_FALSE(decideRollout(stuck({}), t0 + seconds(29)).rolledBack);
}

TEST(Rollout, PastTheDeadlineTheStableRevisionIsBackWithTheContainersOwnReason) {
  const auto in = stuck({{.reason = "ImagePullBackOff", .message = "container web: no such image"}});
  const auto decision = decideRollout(in, t0 + seconds(30));
  EXPECT_EQ(said(decision), Said{"web-new to 0 +failed"});
  EXPECT_TRUE(decision.rolledBack);
  EXPECT_EQ(decision.progressing.status, ConditionStatus::False);
  EXPECT_EQ(decision.progressing.reason, "RolledBack");
  EXPECT_THAT(decision.progressing.message, HasSubstr("ImagePullBackOff: container web: no such image"));
  ASSERT_EQ(decision.events.size(), 1U);
  EXPECT_TRUE(decision.events[0].warning);
}

TEST(Rollout, WithoutAutoRollbackItOnlySaysSo) {
  auto in = stuck({});
  in.spec.autoRollback = false;
  const auto decision = decideRollout(in, t0 + seconds(30));
  EXPECT_TRUE(decision.actions.empty());
  EXPECT_EQ(decision.progressing.reason, "ProgressDeadlineExceeded");
  EXPECT_FALSE(decision.lookAgain) << "there is nothing more to come";
}

TEST(Rollout, AFlappingPodDoesNotWindTheClockUpAgain) {
  auto in = stuck({});
  in.replicaSets[1].available = 1;
  in.status = decideRollout(in, t0 + seconds(5)).status;
  in.replicaSets[1].available = 0;
  in.status = decideRollout(in, t0 + seconds(20)).status;
  in.replicaSets[1].available = 1;
  in.status = decideRollout(in, t0 + seconds(34)).status;
  in.replicaSets[1].available = 0;
  EXPECT_TRUE(decideRollout(in, t0 + seconds(35)).rolledBack);
}

TEST(Rollout, ALoadThatSwingsDoesNotKeepABadRevisionAlive) {
  auto in = stuck({});
  in.desired = 20;
  in.replicaSets[0].replicas = in.replicaSets[0].available = in.replicaSets[0].pods = 20;
  in.replicaSets[1].replicas = in.replicaSets[1].pods = 5;
  for (ReplicaSetView& set : in.replicaSets) set.record.sizedFor = SizedFor{20, 25};
  in.status = decideRollout(in, t0).status;
  bool grew = false;
  RolloutDecision decision;
  for (int at = 5; at <= 30 && !decision.rolledBack; ++at) {
    if (at % 2 == 1) in.desired = in.desired == 20 ? 32 : 20;
    decision = decideRollout(in, t0 + seconds(at));
    in.status = decision.status;
    for (const RolloutAction& action : decision.actions) {
      const auto* update = std::get_if<UpdateReplicaSet>(&action);
      if (update == nullptr || !update->replicas) continue;
      ReplicaSetView& set = in.replicaSets[update->name == "web-new"];
      grew = grew || (update->name == "web-new" && *update->replicas > set.replicas);
      set.replicas = set.pods = *update->replicas;
      if (update->name == "web-old") set.available = set.replicas;
      set.record.sizedFor = SizedFor{in.desired, in.desired + in.desired / 4};
    }
  }
  EXPECT_TRUE(grew) << "its share never rose, so nothing could have wound the clock up";
  EXPECT_TRUE(decision.rolledBack);
}

TEST(Rollout, WhoeverHasArrivedIsNotLate) {
  // The last thing the operator noted was one pod, long ago; it was away when the rest came.
  auto in = stuck({});
  in.replicaSets[0].replicas = in.replicaSets[0].available = in.replicaSets[0].pods = 0;
  in.replicaSets[1].replicas = in.replicaSets[1].available = in.desired = 1;
  in.status.rollout.availableHighWater = 1;
  in.status.rollout.highWaterOf = 1;
  const auto decision = decideRollout(in, t0 + seconds(30));
  EXPECT_FALSE(decision.rolledBack);
  EXPECT_EQ(decision.status.stableRevision, "new");
}

TEST(Rollout, ARevisionThatWaitsForRoomIsNotLate) {
  auto in = stuck({});
  in.replicaSets[1].replicas = 0;
  EXPECT_FALSE(decideRollout(in, t0 + seconds(3000)).rolledBack);
  in.replicaSets[1].replicas = in.replicaSets[1].available = 1;
  EXPECT_FALSE(decideRollout(in, t0 + seconds(3000)).rolledBack);
}

TEST(Rollout, ADeadlineThatPassedWithoutHarmDoesNotLurk) {
  // Its one pod served all the time; what it waited for was room.
  auto in = stuck({});
  in.replicaSets[1].available = 1;
  in.status = decideRollout(in, t0 + seconds(1)).status;
  in.status = decideRollout(in, t0 + seconds(100)).status;
  in.replicaSets[1].available = 0;
  EXPECT_FALSE(decideRollout(in, t0 + seconds(101)).rolledBack) << "it blinked once";
  EXPECT_TRUE(decideRollout(in, t0 + seconds(130)).rolledBack);
}

TEST(Rollout, ACrashLoopIsUndoneBeforeTheDeadline) {
  const auto early = stuck({{.reason = "CrashLoopBackOff", .message = "exit code 1", .restarts = 2}});
  EXPECT_FALSE(decideRollout(early, t0 + seconds(1)).rolledBack);
  const auto late = stuck({{.reason = "CrashLoopBackOff", .message = "exit code 1", .restarts = 3}});
  EXPECT_TRUE(decideRollout(late, t0 + seconds(1)).rolledBack);
}

TEST(Rollout, WhatFailedGetsNoShareOfACountThatGrows) {
  auto in = stuck({{.reason = "CrashLoopBackOff", .message = "exit code 1", .restarts = 3}});
  in.desired = 8;
  const auto decision = decideRollout(in, t0 + seconds(1));
  EXPECT_TRUE(decision.rolledBack);
  EXPECT_EQ(said(decision), (Said{"web-new +failed +sized-for", "web-old to 8 +sized-for"}));
}

TEST(Rollout, AFirstRevisionHasNothingToGoBackTo) {
  auto in = input({set("new", {.available = 0, .problems = {{.reason = "CrashLoopBackOff", .restarts = 9}}})});
  const auto decision = decideRollout(in, t0);
  EXPECT_FALSE(decision.rolledBack);
  EXPECT_TRUE(decision.actions.empty());
}

TEST(Rollout, ARevisionThatFailedIsNotTriedAgainByItself) {
  const auto in =
      input({set("old", {.number = 2, .promoted = true}),
             set("new", {.replicas = 0, .available = 0, .number = 3, .failed = "CrashLoopBackOff: exit 1"})});
  const auto decision = decideRollout(in, t0);  // no status: the annotation alone says it
  EXPECT_TRUE(decision.actions.empty());
  EXPECT_TRUE(decision.rolledBack);
}

TEST(Rollout, RetryTriesItAgain) {
  auto in = input({set("old", {.promoted = true}),
                   set("new", {.replicas = 0, .available = 0, .number = 2, .failed = "CrashLoopBackOff: exit 1"})});
  in.command = Command::Retry;
  EXPECT_EQ(said(decideRollout(in, t0)), Said{"web-new to 1 -failed"});
}

TEST(Rollout, AnotherTemplateForgetsTheFailure) {
  const auto in = input({set("old", {.number = 3, .promoted = true}),
                         set("new", {.replicas = 0, .available = 0, .number = 2, .failed = "Aborted: x"})},
                        "old");
  EXPECT_EQ(said(decideRollout(in, t0)), Said{"web-new -failed"});
}

TEST(Rollout, AbortGoesBackAndSaysSo) {
  auto in = stuck({});
  in.command = Command::Abort;
  const auto decision = decideRollout(in, t0 + seconds(1));
  EXPECT_TRUE(decision.rolledBack);
  EXPECT_EQ(decision.commandResult, "back to revision old");
}

TEST(Rollout, UndoToAnOlderRevisionGivesItTheHighestNumber) {
  const auto in =
      input({set("new", {.replicas = 0, .available = 0, .number = 1}), set("old", {.number = 2, .promoted = true})});
  EXPECT_EQ(said(decideRollout(in, t0)), Said{"web-new to 1 +revision-number"});
}

TEST(Rollout, AVersionThatNeverRanDoesNotBecomeStableAtZero) {
  auto in = input({set("old", {.replicas = 0, .available = 0, .promoted = true}),
                   set("new", {.replicas = 0, .available = 0, .number = 2})});
  in.desired = 0;
  const auto decision = decideRollout(in, t0);
  EXPECT_TRUE(decision.actions.empty());
  EXPECT_TRUE(decision.complete);
  EXPECT_EQ(decision.status.stableRevision, "old");
}

TEST(Rollout, HistoryBeyondTheLimitGoesOldestFirst) {
  auto in = input({set("new", {.number = 5, .promoted = true})});
  for (const int64_t number : {3, 1, 4, 2}) {
    in.replicaSets.push_back(set(fmt::format("past{}", number), {.replicas = 0, .available = 0, .number = number}));
  }
  in.revisionHistoryLimit = 2;
  EXPECT_EQ(said(decideRollout(in, t0)), (Said{"delete web-past1", "delete web-past2"}));
}

TEST(Rollout, ScalingInTheMiddleNeverCostsAvailability) {
  // By share alone the old side would go from 6 to 3 while nothing of the new side serves.
  auto in = input({set("old", {.replicas = 6, .available = 6, .promoted = true}),
                   set("new", {.replicas = 5, .available = 0, .number = 2})});
  for (ReplicaSetView& view : in.replicaSets) view.record.sizedFor = SizedFor{10, 11};
  in.desired = 5;
  in.spec.maxSurge = {.value = 1};
  EXPECT_EQ(said(decideRollout(in, t0)), (Said{"web-old to 5 +sized-for", "web-new to 3 +sized-for"}));
}

TEST(Canary, PausesUntilSomebodyPromotes) {
  auto in = canaryAt(1, 4, {api::SetWeight{20}, api::Pause{}});
  const auto decision = decideRollout(in, t0);
  EXPECT_TRUE(decision.actions.empty());
  EXPECT_EQ(decision.status.rollout.stepIndex, 1);
  EXPECT_EQ(decision.status.rollout.weight, 20);
  EXPECT_EQ(decision.status.rollout.pausedAt, t0);
  in.status = decision.status;
  EXPECT_FALSE(decideRollout(in, t0 + seconds(100'000)).rolledBack) << "a pause is no lack of progress";
  in.command = Command::Promote;
  EXPECT_EQ(decideRollout(in, t0 + seconds(9)).status.rollout.desiredWeight, 100);
}

TEST(Canary, ATimedPauseEndsByItself) {
  auto in = canaryAt(1, 4, {api::SetWeight{20}, api::Pause{seconds(60)}, api::SetWeight{50}});
  const auto decision = decideRollout(in, t0);
  EXPECT_EQ(decision.lookAgain, t0 + seconds(60));
  in.status = decision.status;
  EXPECT_EQ(decideRollout(in, t0 + seconds(59)).status.rollout.stepIndex, 1);
  EXPECT_EQ(decideRollout(in, t0 + seconds(60)).status.rollout.stepIndex, 2);
}

TEST(Canary, AtZeroPodsItsStepsEndAtOnceAndNoClockRuns) {
  auto in = canaryAt(0, 0, {api::SetWeight{20}, api::SetWeight{50}});
  in.desired = 0;
  in.status = decideRollout(in, t0).status;
  EXPECT_EQ(in.status.rollout.stepIndex, 2);
  EXPECT_EQ(decideRollout(in, t0 + seconds(1)).status, in.status);
  EXPECT_FALSE(decideRollout(in, t0 + seconds(1)).lookAgain);
}

TEST(Canary, OtherStepsBeginAnew) {
  auto in = canaryAt(2, 2, {api::SetWeight{20}, api::SetWeight{50}, api::Pause{}});
  in.status = decideRollout(in, t0).status;
  in.spec.steps = {api::SetWeight{10}};
  EXPECT_EQ(decideRollout(in, t0).status.rollout.stepIndex, 0);
}

TEST(ResolveRevision, KeepsTheNameOfTheSameTemplateAndAvoidsThatOfAnother) {
  const api::RevisionSource source{.podTemplate = {{"spec", {{"containers", {{{"name", "web"}}}}}}}};
  const api::Revision first = api::revisionOf(source);
  ReplicaSetView stranger;
  stranger.revision = first.hash;
  stranger.record.fingerprint = "of another template";
  const api::Revision second = resolveRevision(source, {stranger});
  EXPECT_NE(second.hash, first.hash);
  EXPECT_EQ(second.fingerprint, first.fingerprint);
  ReplicaSetView ours;
  ours.revision = second.hash;
  ours.record.fingerprint = first.fingerprint;
  EXPECT_EQ(resolveRevision(source, {ours}), second) << "even after the stranger is gone";
}

}  // namespace
}  // namespace tidewright::decide
