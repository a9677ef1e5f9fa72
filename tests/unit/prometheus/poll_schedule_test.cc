#include "operator/prometheus/poll_schedule.h"

#include <gtest/gtest.h>

#include <array>

namespace tidewright::prometheus {
namespace {

using namespace std::chrono_literals;

const MonoTime t0{1h};
const api::Query kA{.query = "a"}, kB{.query = "b"};

TEST(PollSchedule, ANewRequestIsDueAtOnceThenOnceAnInterval) {
  PollSchedule schedule;
  schedule.set(kA, 15s, t0);
  int asked = 0;
  for (MonoTime now = t0; now < t0 + 150s; now += 100ms) {
    if (const auto request = schedule.take(now)) {
      ++asked;
      schedule.finished(*request, now);
    }
  }
  EXPECT_EQ(asked, 11);
}

TEST(PollSchedule, TheTicksDoNotDriftHoweverLongAnAnswerTakes) {
  PollSchedule schedule;
  schedule.set(kA, 15s, t0);
  (void)schedule.take(t0);
  schedule.finished(kA, t0 + 1s);
  const MonoTime first = *schedule.nextDue();
  (void)schedule.take(first);
  schedule.finished(kA, first + 7s);
  EXPECT_EQ(*schedule.nextDue(), first + 15s);
  (void)schedule.take(first + 15s);
  schedule.finished(kA, first + 15s + 20s);
  EXPECT_EQ(*schedule.nextDue(), first + 45s) << "the tick that was missed is left out";
}

TEST(PollSchedule, WhatIsInFlightIsNotDue) {
  PollSchedule schedule;
  schedule.set(kA, 1s, t0);
  EXPECT_TRUE(schedule.take(t0));
  EXPECT_FALSE(schedule.take(t0 + 1h));
  schedule.set(kA, 2s, t0);
  EXPECT_FALSE(schedule.take(t0 + 1h));
}

TEST(PollSchedule, WhatIsRemovedIsNotAskedEvenIfItWasInFlight) {
  PollSchedule schedule;
  schedule.set(kA, 1s, t0);
  schedule.set(kB, 1s, t0);
  const auto inFlight = schedule.take(t0);
  schedule.remove(kA);
  schedule.remove(kB);
  schedule.finished(*inFlight, t0);
  EXPECT_EQ(schedule.nextDue(), std::nullopt);
}

TEST(PollSchedule, AShorterIntervalBringsTheNextTickForward) {
  PollSchedule schedule;
  schedule.set(kA, 300s, t0);
  (void)schedule.take(t0);
  schedule.finished(kA, t0);
  schedule.set(kA, 5s, t0);
  EXPECT_LE(*schedule.nextDue(), t0 + 5s);
}

TEST(PollSchedule, ManyRequestsAreSpreadOverTheInterval) {
  PollSchedule schedule;
  for (int i = 0; i < 1500; ++i) schedule.set({.query = "q" + std::to_string(i)}, 15s, t0);
  while (const auto request = schedule.take(t0)) schedule.finished(*request, t0);
  std::array<int, 15> perSecond{};
  while (schedule.nextDue() && *schedule.nextDue() <= t0 + 15s) {
    const MonoTime due = *schedule.nextDue();
    (void)schedule.take(due);
    ++perSecond.at(static_cast<std::size_t>(std::min<std::int64_t>((due - t0) / 1s, 14)));
  }
  for (const int count : perSecond) EXPECT_TRUE(count > 50 && count < 160) << count;
}

TEST(PollSchedule, NoMoreThanTheCapOfOneServerAreInFlightAndTheOthersDoNotWait) {
  PollSchedule schedule(2);
  for (const char* server : {"x", "y"}) {
    for (const char* text : {"1", "2", "3"}) schedule.set({.serverAddress = server, .query = text}, 15s, t0);
  }
  std::map<std::string, int> inFlight;
  std::optional<api::Query> last;
  while (auto request = schedule.take(t0)) {
    ++inFlight[request->serverAddress];
    last = request;
  }
  EXPECT_EQ(inFlight, (std::map<std::string, int>{{"x", 2}, {"y", 2}}));
  EXPECT_EQ(schedule.nextDue(), std::nullopt) << "the others wait for a turn, not for a time";
  schedule.finished(*last, t0);
  const auto next = schedule.take(t0);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->serverAddress, last->serverAddress);
  EXPECT_FALSE(schedule.take(t0));
}

TEST(PollSchedule, ARequestThatWasRemovedInFlightHoldsItsTurnUntilItIsOver) {
  PollSchedule schedule(1);
  schedule.set(kA, 15s, t0);
  const auto inFlight = schedule.take(t0);
  schedule.remove(kA);
  schedule.set(kB, 15s, t0);
  EXPECT_FALSE(schedule.take(t0));
  schedule.finished(*inFlight, t0);
  EXPECT_TRUE(schedule.take(t0));
}

TEST(RequestOf, LeavesOutHowTheAnswerIsRead) {
  const api::Query a{.query = "q", .select = {{"app", "a"}}, .maxAge = 5s};
  const api::Query b{.query = "q", .select = {{"app", "b"}}, .aggregate = api::Aggregate::Sum};
  EXPECT_EQ(requestOf(a), requestOf(b));
  EXPECT_NE(requestOf(a), requestOf({.serverAddress = "http://other", .query = "q"}));
  EXPECT_NE(requestOf(a), requestOf({.query = "q", .authRef = {"secret"}}));
}

}  // namespace
}  // namespace tidewright::prometheus
