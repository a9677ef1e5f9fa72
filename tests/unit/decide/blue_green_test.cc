#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/decide/rollout.h"
#include "tests/unit/decide/rollout_fixtures.h"

namespace tidewright::decide {
namespace {

using testing::HasSubstr;

RolloutInput blueGreen(int32_t preview) {
  auto in = input({set("old", {.promoted = true}), set("new", {.replicas = 4, .available = preview, .number = 2})});
  in.spec.strategy = api::RolloutStrategy::BlueGreen;
  return in;
}

TEST(BlueGreen, SwitchesOnceTheNewSideIsWhole) {
  EXPECT_EQ(decideRollout(blueGreen(3), t0).activeRevision, "old");
  EXPECT_EQ(decideRollout(blueGreen(3), t0).previewRevision, "new");
  const auto decision = decideRollout(blueGreen(4), t0);
  EXPECT_EQ(decision.activeRevision, "new");
  EXPECT_EQ(said(decision), (Said{"web-new +promoted-at"}));
  EXPECT_EQ(decision.lookAgain, t0 + seconds(30));
}

TEST(BlueGreen, TheOldSideStaysUntilProxiesHaveDrained) {
  auto in = blueGreen(4);
  in.replicaSets[1].record.promotedAt = t0;
  EXPECT_TRUE(decideRollout(in, t0 + seconds(29)).actions.empty());
  EXPECT_EQ(said(decideRollout(in, t0 + seconds(30))), (Said{"web-old to 0 +sized-for"}));
}

TEST(BlueGreen, WhatFailedGoesAtOnceHoweverYoungTheStableSideIs) {
  auto in = blueGreen(4);
  in.replicaSets[0].record.promotedAt = t0;
  in.replicaSets[1].record.failed = "Aborted: a command asked for it";
  const auto decision = decideRollout(in, t0);
  EXPECT_TRUE(decision.rolledBack);
  EXPECT_EQ(said(decision), (Said{"web-new to 0 +sized-for"}));
}

TEST(BlueGreen, WaitsForAPersonWhenToldTo) {
  auto in = blueGreen(4);
  in.spec.autoPromote = false;
  in.status = decideRollout(in, t0).status;
  EXPECT_EQ(in.status.rollout.pausedAt, t0);
  EXPECT_THAT(in.status.rollout.message, HasSubstr("until somebody promotes"));
  const auto later = decideRollout(in, t0 + seconds(5000));
  EXPECT_EQ(later.activeRevision, "old");
  EXPECT_EQ(later.status, in.status) << "it waits, and writes nothing the while";
  EXPECT_THAT(later.progressing.message, HasSubstr("until somebody promotes"));
  in.command = Command::Promote;
  const auto promoted = decideRollout(in, t0 + seconds(5000));
  EXPECT_EQ(promoted.activeRevision, "new");
  EXPECT_EQ(promoted.status.rollout.pausedAt, std::nullopt);
}

TEST(BlueGreen, AsksAPersonOnlyWhileAllOfTheNewSideServes) {
  auto in = blueGreen(4);
  in.spec.autoPromote = false;
  const auto pausedWith = [&in](int32_t desired, int32_t replicas, int32_t available) {
    in.desired = desired;
    in.replicaSets[1].replicas = replicas;
    in.replicaSets[1].available = available;
    return decideRollout(in, t0).status.rollout.pausedAt.has_value();
  };
  EXPECT_TRUE(pausedWith(4, 4, 4));
  EXPECT_FALSE(pausedWith(4, 4, 3)) << "a pod blinks";
  EXPECT_FALSE(pausedWith(8, 4, 4)) << "the count grew";
  EXPECT_FALSE(pausedWith(4, 0, 0)) << "a ReplicaSet kept from before";
  EXPECT_FALSE(pausedWith(0, 0, 0)) << "suspended";
}

}  // namespace
}  // namespace tidewright::decide
