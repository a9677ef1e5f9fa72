#include "app/drain.h"

#include <gtest/gtest.h>

namespace tidewright::app {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime t0{1000s};

DrainStep stopAt(MonoTime now, const DrainPolicy& policy = {}) {
  return transition(Serving{}, StopRequested{}, policy, now);
}

DrainAction tickAt(MonoTime now, std::size_t connections, const DrainPolicy& policy = {}, MonoTime lastBusy = t0) {
  return transition(Draining{.since = t0}, Tick{connections, lastBusy}, policy, now).action;
}

TEST(Drain, NothingClosesBeforeAStop) {
  EXPECT_FALSE(closesConnections(Serving{}, {}));
  EXPECT_EQ(transition(Serving{}, Tick{}, {}, t0 + 1h).action, DrainAction::None);
}

TEST(Drain, AStopLeavesConnectionsOpenAndMakesAnswersCloseThem) {
  const DrainStep step = stopAt(t0);
  EXPECT_EQ(step.action, DrainAction::None);
  EXPECT_TRUE(closesConnections(step.state, {}));
}

TEST(Drain, ASecondStopDoesNotBeginAnew) {
  const DrainStep step = transition(Draining{.since = t0}, StopRequested{}, {}, t0 + 5s);
  EXPECT_EQ(std::get<Draining>(step.state).since, t0);
}

TEST(Drain, IdleConnectionsAreClosedOnceAtTheirLimit) {
  EXPECT_EQ(tickAt(t0 + 9999ms, 3), DrainAction::None);
  const DrainStep closed = transition(Draining{.since = t0}, Tick{3, t0}, {}, t0 + 10s);
  EXPECT_EQ(closed.action, DrainAction::CloseIdle);
  EXPECT_EQ(transition(closed.state, Tick{3, t0}, {}, t0 + 11s).action, DrainAction::None);
}

TEST(Drain, EndsWhenNothingWasLeftForTheQuietTime) {
  EXPECT_EQ(tickAt(t0 + 499ms, 0), DrainAction::None);
  EXPECT_EQ(tickAt(t0 + 500ms, 0), DrainAction::Exit);
  EXPECT_EQ(tickAt(t0 + 500ms, 1), DrainAction::None);
  EXPECT_EQ(tickAt(t0 + 500ms, 0, {}, t0 + 1ms), DrainAction::None);
}

TEST(Drain, EndsAtTheLimitWhateverIsLeft) {
  EXPECT_EQ(transition(Draining{.since = t0, .idleClosed = true}, Tick{3, t0}, {}, t0 + 24999ms).action,
            DrainAction::None);
  EXPECT_EQ(tickAt(t0 + 25s, 3), DrainAction::Exit);
}

TEST(Drain, StoppedIsFinal) {
  EXPECT_TRUE(std::holds_alternative<Stopped>(transition(Stopped{}, StopRequested{}, {}, t0).state));
  EXPECT_EQ(transition(Stopped{}, Tick{5, t0}, {}, t0).action, DrainAction::Exit);
}

TEST(Drain, EachSwitchTakesOnePartAway) {
  EXPECT_EQ(stopAt(t0, {.exitAtOnce = true}).action, DrainAction::Exit);
  EXPECT_EQ(stopAt(t0, {.cutInFlight = true}).action, DrainAction::CutInFlight);
  EXPECT_EQ(stopAt(t0, {.closeIdleAtOnce = true}).action, DrainAction::CloseIdle);
  const DrainPolicy keep{.keepConnections = true};
  EXPECT_FALSE(closesConnections(stopAt(t0, keep).state, keep));
  EXPECT_EQ(tickAt(t0 + 11s, 3, keep), DrainAction::None);
  EXPECT_EQ(tickAt(t0 + 25s, 3, keep), DrainAction::Exit);
}

}  // namespace
}  // namespace tidewright::app
