#include "operator/control/turns.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/unit/kube/fake_clock.h"

namespace tidewright::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

double inSeconds(std::chrono::duration<double> time) { return time.count(); }
kube::ObjectKey appNumber(int i) { return {"shop", "app-" + std::to_string(i)}; }

struct TurnsTest : testing::Test {
  /// How long that app has to wait.
  std::optional<std::chrono::nanoseconds> wait(int i) {
    const auto until = turns.waitsUntil(appNumber(i));
    return until ? std::optional(*until - clock.wall()) : std::nullopt;
  }
  void tenAtOnce() {
    for (int i = 100; i < 110; ++i) {
      EXPECT_EQ(wait(i), std::nullopt);
      turns.leave(appNumber(i));
    }
  }

  /// How long until it is the turn of number 1 while others' changes never end.
  std::chrono::nanoseconds stands() {
    const MonoTime began = clock.mono();
    do {
      turns.changed(100);
      clock.advance(milliseconds(10));
    } while (wait(1) && clock.mono() < began + std::chrono::hours(1));
    return clock.mono() - began;
  }

  FakeClock clock;
  Turns turns{clock};
};

TEST_F(TurnsTest, EachHasItsPlace) {
  tenAtOnce();
  EXPECT_EQ(wait(1), milliseconds(200));
  EXPECT_EQ(wait(2), milliseconds(400));
  EXPECT_EQ(wait(1), milliseconds(200)) << "asking again does not cost the place";
  clock.advance(milliseconds(200));
  EXPECT_EQ(wait(1), std::nullopt);
  EXPECT_EQ(wait(2), milliseconds(200));
}

TEST_F(TurnsTest, ATurnLastsUntilItIsLeft) {
  tenAtOnce();
  ASSERT_NE(wait(1), std::nullopt);
  clock.advance(milliseconds(200));
  EXPECT_EQ(wait(1), std::nullopt);
  EXPECT_EQ(wait(1), std::nullopt) << "its write failed";
  turns.leave(appNumber(1));
  EXPECT_EQ(wait(1), milliseconds(200)) << "the next one is another turn";
}

TEST_F(TurnsTest, AfterARestThereAreTenAgain) {
  tenAtOnce();
  ASSERT_NE(wait(1), std::nullopt);
  clock.advance(std::chrono::hours(1));
  tenAtOnce();
  EXPECT_EQ(wait(1), std::nullopt);
  EXPECT_EQ(wait(2), milliseconds(200));
}

TEST_F(TurnsTest, WhatSomebodyWaitsForGoesFirst) {
  tenAtOnce();
  ASSERT_EQ(wait(1), milliseconds(200));
  ASSERT_EQ(wait(2), milliseconds(400));
  clock.advance(milliseconds(50));
  turns.changed(11);
  EXPECT_EQ(wait(1), milliseconds(1150));
  clock.advance(milliseconds(500));
  turns.changed(11);
  EXPECT_EQ(wait(2), milliseconds(1350)) << "the line stands still, in its order";
  clock.advance(milliseconds(1150));
  EXPECT_EQ(wait(1), std::nullopt);
  EXPECT_EQ(wait(2), milliseconds(200));
}

TEST_F(TurnsTest, AFewChangesHoldNobodyUp) {
  tenAtOnce();
  ASSERT_EQ(wait(1), milliseconds(200));
  turns.changed(10);
  EXPECT_EQ(wait(1), milliseconds(200));
}

TEST_F(TurnsTest, WhoFindsNobodyInFrontNeedsNotWaitForOthers) {
  turns.changed(1000);
  tenAtOnce();
}

TEST_F(TurnsTest, ChangesThatNeverEndHoldTheLineUpForAMinute) {
  tenAtOnce();
  ASSERT_EQ(wait(1), milliseconds(200));
  EXPECT_NEAR(inSeconds(stands()), 60.2, 0.05);
}

TEST_F(TurnsTest, ShortPausesBetweenChangesDoNotBeginAnotherMinute) {
  tenAtOnce();
  for (int i = 0; i < 100; ++i) ASSERT_NE(wait(i), std::nullopt);
  const auto began = clock.mono();
  do {
    turns.changed(11);
    clock.advance(milliseconds(1050));
  } while (wait(99) && clock.mono() < began + std::chrono::hours(1));
  EXPECT_GT(clock.mono() - began, seconds(60));
  EXPECT_LT(clock.mono() - began, seconds(100));
}

TEST_F(TurnsTest, TenChangesASecondHoldNobodyUp) {
  tenAtOnce();
  ASSERT_EQ(wait(1), milliseconds(200));
  turns.changed(10);
  clock.advance(milliseconds(100));
  turns.changed(1);
  EXPECT_EQ(wait(1), milliseconds(100));
  turns.changed(1);
  EXPECT_EQ(wait(1), milliseconds(1100));
}

TEST_F(TurnsTest, AfterARestItStandsAMinuteAgainAndNoLonger) {
  tenAtOnce();
  clock.advance(std::chrono::hours(1));
  tenAtOnce();
  ASSERT_EQ(wait(1), milliseconds(200));
  EXPECT_NEAR(inSeconds(stands()), 60.2, 0.05);
}

TEST_F(TurnsTest, TenSecondsInWhichItMovedAllowOneInWhichItStands) {
  tenAtOnce();
  ASSERT_EQ(wait(1), milliseconds(200));
  stands();
  turns.leave(appNumber(1));
  clock.advance(seconds(10));
  tenAtOnce();
  ASSERT_EQ(wait(1), milliseconds(200));
  EXPECT_NEAR(inSeconds(stands()), 1.2, 0.05);
}

TEST_F(TurnsTest, WhoLeavesInTheMiddleMovesNobody) {
  tenAtOnce();
  for (int i = 0; i < 3; ++i) ASSERT_NE(wait(i), std::nullopt);
  turns.leave(appNumber(1));
  EXPECT_EQ(wait(0), milliseconds(200));
  EXPECT_EQ(wait(2), milliseconds(600));
}

TEST_F(TurnsTest, WhoseLookFailedLosesItsTurnButNotItsPlace) {
  tenAtOnce();
  ASSERT_EQ(wait(1), milliseconds(200));
  ASSERT_EQ(wait(2), milliseconds(400));
  turns.failed(appNumber(1));
  EXPECT_EQ(wait(1), milliseconds(200));
  clock.advance(milliseconds(200));
  turns.failed(appNumber(1));
  EXPECT_EQ(wait(2), milliseconds(200));
  EXPECT_EQ(wait(1), milliseconds(400));
  turns.failed(appNumber(3));  // Who has no place has none to lose.
}

TEST_F(TurnsTest, OneWhoStaysIsEnoughToWaitForAndNoMore) {
  tenAtOnce();
  for (int i = 0; i < 50; ++i) ASSERT_NE(wait(i), std::nullopt);
  for (int i = 0; i < 50; ++i) {
    if (i != 30) turns.leave(appNumber(i));
  }
  EXPECT_EQ(wait(30), milliseconds(200));
  turns.leave(appNumber(30));
  EXPECT_EQ(wait(50), milliseconds(200));
}

TEST_F(TurnsTest, NobodyWaitsBehindPlacesThatWereGivenUp) {
  tenAtOnce();
  for (int i = 0; i < 50; ++i) ASSERT_NE(wait(i), std::nullopt);
  for (int i = 0; i < 50; ++i) turns.leave(appNumber(i));
  EXPECT_EQ(wait(50), milliseconds(200));
}

}  // namespace
}  // namespace tidewright::control
