#include "app/supervision.h"

#include <gtest/gtest.h>

namespace tidewright::app {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime t0{1000s};

/// Orders as text: "start 0", "retire 10", "stop 11", "end 1".
std::vector<std::string> text(const Orders& orders) {
  std::vector<std::string> lines;
  for (const Order& order : orders) {
    if (const auto* begin = std::get_if<StartChild>(&order)) lines.push_back("start " + std::to_string(begin->place));
    if (const auto* retire = std::get_if<RetireChild>(&order)) lines.push_back("retire " + std::to_string(retire->pid));
    if (const auto* stop = std::get_if<StopChild>(&order)) lines.push_back("stop " + std::to_string(stop->pid));
    if (const auto* end = std::get_if<End>(&order)) lines.push_back("end " + std::to_string(end->exitCode));
  }
  return lines;
}

using Lines = std::vector<std::string>;

/// Two places, held since t0 by 10 and 11.
Supervision two() {
  Supervision supervision(2);
  EXPECT_EQ(text(supervision.begin()), (Lines{"start 0", "start 1"}));
  supervision.started(0, 10, t0);
  supervision.started(1, 11, t0);
  EXPECT_EQ(text(supervision.ready(10)), Lines{});
  EXPECT_EQ(text(supervision.ready(11)), Lines{});
  return supervision;
}

TEST(Supervision, AChildThatDiesIsStartedAgainAtOnce) {
  Supervision supervision = two();
  EXPECT_EQ(text(supervision.died(11, t0 + 5s)), Lines{"start 1"});
  EXPECT_EQ(text(supervision.died(4711, t0 + 5s)), Lines{}) << "not one of ours";
}

TEST(Supervision, ReplacesOneByOneEachOnlyOnceItsSuccessorIsReady) {
  Supervision supervision = two();
  EXPECT_EQ(text(supervision.replace()), Lines{"start 0"});
  supervision.started(0, 20, t0 + 9s);
  EXPECT_EQ(text(supervision.ready(20)), Lines{"retire 10"});
  EXPECT_EQ(text(supervision.died(10, t0 + 10s)), Lines{"start 1"});
  supervision.started(1, 21, t0 + 10s);
  EXPECT_EQ(text(supervision.ready(21)), Lines{"retire 11"});
  EXPECT_EQ(text(supervision.died(11, t0 + 11s)), Lines{});
  EXPECT_EQ(text(supervision.replace()), Lines{"start 0"}) << "the round is over, another may begin";
}

TEST(Supervision, AskedAgainDuringARoundAnotherFollows) {
  Supervision supervision(1);
  supervision.started(0, 10, t0);
  EXPECT_EQ(text(supervision.replace()), Lines{"start 0"});
  EXPECT_EQ(text(supervision.replace()), Lines{});
  supervision.started(0, 20, t0 + 5s);
  EXPECT_EQ(text(supervision.ready(20)), Lines{"retire 10"});
  EXPECT_EQ(text(supervision.died(10, t0 + 6s)), Lines{"start 0"});
}

TEST(Supervision, ASuccessorThatDiesEndsTheRoundAndTheOldOneStays) {
  Supervision supervision = two();
  EXPECT_EQ(text(supervision.replace()), Lines{"start 0"});
  supervision.started(0, 20, t0 + 9s);
  EXPECT_EQ(text(supervision.died(20, t0 + 9s)), Lines{});
  EXPECT_EQ(text(supervision.died(10, t0 + 30s)), Lines{"start 0"});
}

TEST(Supervision, ASuccessorWhosePredecessorDiedTakesThePlaceAndTheRoundGoesOn) {
  Supervision supervision = two();
  EXPECT_EQ(text(supervision.replace()), Lines{"start 0"});
  supervision.started(0, 20, t0 + 9s);
  EXPECT_EQ(text(supervision.died(10, t0 + 9s)), Lines{});
  EXPECT_EQ(text(supervision.ready(20)), Lines{"start 1"});
}

TEST(Supervision, ASuccessorThatDiesAfterItTookOverIsStartedAgain) {
  Supervision supervision = two();
  EXPECT_EQ(text(supervision.replace()), Lines{"start 0"});
  supervision.started(0, 20, t0 + 9s);
  EXPECT_EQ(text(supervision.ready(20)), Lines{"retire 10"});
  EXPECT_EQ(text(supervision.died(20, t0 + 9s)), Lines{"start 0"});
}

TEST(Supervision, GivesUpAfterTwentyYoungDeathsAndStopsTheOthers) {
  Supervision supervision = two();
  MonoTime now = t0 + 10s;
  pid_t pid = 100;
  EXPECT_EQ(text(supervision.died(10, now)), Lines{"start 0"}) << "old enough: does not count";
  for (int death = 1; death < Supervision::kMaxYoungDeaths; ++death) {
    supervision.started(0, pid, now);
    EXPECT_EQ(text(supervision.died(pid++, now += 999ms)), Lines{"start 0"}) << death;
  }
  supervision.started(0, pid, now);
  EXPECT_EQ(text(supervision.died(pid, now + 999ms)), Lines{"stop 11"});
  EXPECT_EQ(text(supervision.died(11, now + 2s)), Lines{"end 1"});
}

TEST(Supervision, DeathsAtOneSecondOrLaterNeverCount) {
  Supervision supervision(1);
  MonoTime now = t0;
  for (pid_t pid = 100; pid < 200; ++pid) {
    supervision.started(0, pid, now);
    EXPECT_EQ(text(supervision.died(pid, now += 1s)), Lines{"start 0"});
  }
}

TEST(Supervision, AStopAsksEveryChildOnceAndEndsWithTheLast) {
  Supervision supervision = two();
  EXPECT_EQ(text(supervision.replace()), Lines{"start 0"});
  supervision.started(0, 20, t0 + 1s);
  EXPECT_EQ(text(supervision.ready(20)), Lines{"retire 10"});
  EXPECT_EQ(text(supervision.stop()), (Lines{"stop 10", "stop 11", "stop 20"}));
  EXPECT_EQ(text(supervision.stop()), Lines{});
  EXPECT_EQ(text(supervision.replace()), Lines{});
  EXPECT_EQ(text(supervision.died(10, t0 + 2s)), Lines{});
  EXPECT_EQ(text(supervision.died(11, t0 + 2s)), Lines{});
  EXPECT_EQ(text(supervision.died(20, t0 + 2s)), Lines{"end 0"});
}

}  // namespace
}  // namespace tidewright::app
