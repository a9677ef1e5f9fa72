#include "operator/kube/lease.h"

#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;

const MonoTime t0{1h};
const LeaseConfig kMe{.identity = "me"};

template <class State>
const State& as(const LeaseNext& next) {
  return std::get<State>(next.state);
}

LeaseNext seen(const std::string& holder, const std::string& version, MonoTime at) {
  return transition(Standby{}, LeaseRead{holder, version, 15s}, kMe, at);
}

TEST(Lease, AStandbyLooksAtEachTick) {
  EXPECT_EQ(transition(Standby{}, LeaseTick{}, kMe, t0).action, LeaseAction::Read);
}

TEST(Lease, WhatDoesNotExistIsMadeAndWhatIsFreeIsTaken) {
  EXPECT_EQ(transition(Standby{}, LeaseAbsent{}, kMe, t0).action, LeaseAction::Create);
  EXPECT_EQ(seen("", "5", t0).action, LeaseAction::Take);
}

TEST(Lease, AnotherHoldersLeaseIsTakenOnlyAfterTheFullTimeWithoutAChange) {
  LeaseNext next = seen("other", "5", t0);
  EXPECT_EQ(next.action, LeaseAction::None) << "how long it has been so is not known at the first look";
  next = transition(next.state, LeaseRead{"other", "6", 15s}, kMe, t0 + 14s);
  EXPECT_EQ(next.action, LeaseAction::None);
  next = transition(next.state, LeaseRead{"other", "6", 15s}, kMe, t0 + 28s);
  EXPECT_EQ(next.action, LeaseAction::None) << "the change counts from when it was seen";
  next = transition(next.state, LeaseRead{"other", "6", 15s}, kMe, t0 + 29s);
  EXPECT_EQ(next.action, LeaseAction::Take);
}

TEST(Lease, AHolderThatPromisedLongerIsGivenLonger) {
  LeaseNext next = transition(Standby{}, LeaseRead{"other", "5", 60s}, kMe, t0);
  next = transition(next.state, LeaseRead{"other", "5", 60s}, kMe, t0 + 59s);
  EXPECT_EQ(next.action, LeaseAction::None);
  EXPECT_EQ(transition(next.state, LeaseRead{"other", "5", 60s}, kMe, t0 + 60s).action, LeaseAction::Take);
}

TEST(Lease, LeadingCountsFromWhenTheWriteWasSent) {
  const LeaseNext next = transition(Standby{}, LeaseWritten{"6", t0}, kMe, t0 + 4s);
  EXPECT_EQ(as<Leading>(next).renewedAt, t0);
  EXPECT_TRUE(mayWrite(next.state, kMe, t0 + 10s - 1ns));
  EXPECT_FALSE(mayWrite(next.state, kMe, t0 + 10s)) << "even without a tick in between";
}

TEST(Lease, AnAnswerThatTookTooLongMakesNoLeader) {
  EXPECT_TRUE(std::holds_alternative<Standby>(transition(Standby{}, LeaseWritten{"6", t0}, kMe, t0 + 10s).state));
}

TEST(Lease, OurOwnNameWithoutAnAnswerIsWrittenAgainBeforeLeading) {
  const LeaseNext next = seen("me", "5", t0);
  EXPECT_TRUE(std::holds_alternative<Standby>(next.state));
  EXPECT_EQ(next.action, LeaseAction::Take);
}

TEST(Lease, ALeaderRenewsAndAFailedRenewalIsTriedUntilTheDeadline) {
  LeaseState state = Leading{"6", t0};
  EXPECT_EQ(transition(state, LeaseTick{}, kMe, t0 + 2s).action, LeaseAction::Take);
  EXPECT_EQ(transition(state, LeaseNoAnswer{}, kMe, t0 + 9s).action, LeaseAction::None);
  EXPECT_EQ(transition(state, LeaseTick{}, kMe, t0 + 9s).action, LeaseAction::Take);
  const LeaseNext late = transition(state, LeaseTick{}, kMe, t0 + 10s);
  EXPECT_EQ(late.action, LeaseAction::Exit);
  EXPECT_EQ(as<Lost>(late).why, "not renewed in time");
}

TEST(Lease, ReadingRenewsNothing) {
  const LeaseNext next = transition(Leading{"6", t0}, LeaseRead{"me", "7", 15s}, kMe, t0 + 5s);
  EXPECT_EQ(as<Leading>(next).renewedAt, t0);
  EXPECT_EQ(as<Leading>(next).version, "7");
}

TEST(Lease, ALeaseTakenOrDeletedIsLost) {
  EXPECT_EQ(as<Lost>(transition(Leading{"6", t0}, LeaseRead{"other", "7", 15s}, kMe, t0 + 1s)).why,
            "taken by \"other\"");
  EXPECT_EQ(transition(Leading{"6", t0}, LeaseAbsent{}, kMe, t0 + 1s).action, LeaseAction::Exit);
}

TEST(Lease, ADeletedLeaseIsNotMadeAnewWhileItsLeaderMayLive) {
  LeaseNext next = seen("other", "5", t0);
  next = transition(next.state, LeaseAbsent{}, kMe, t0 + 2s);
  EXPECT_EQ(next.action, LeaseAction::None);
  EXPECT_EQ(transition(next.state, LeaseAbsent{}, kMe, t0 + 15s).action, LeaseAction::Create);
}

TEST(Lease, LostIsFinal) {
  const LeaseState lost = Lost{"x"};
  for (const LeaseEvent& event :
       {LeaseEvent(LeaseTick{}), LeaseEvent(LeaseRead{"", "9", 15s}), LeaseEvent(LeaseAbsent{}),
        LeaseEvent(LeaseWritten{"9", t0}), LeaseEvent(LeaseNoAnswer{})}) {
    const LeaseNext next = transition(lost, event, kMe, t0);
    EXPECT_TRUE(std::holds_alternative<Lost>(next.state));
    EXPECT_EQ(next.action, LeaseAction::Exit);
  }
  EXPECT_FALSE(mayWrite(lost, kMe, t0));
}

}  // namespace
}  // namespace tidewright::kube
