#include "operator/prometheus/breaker.h"

#include <gtest/gtest.h>

namespace tidewright::prometheus::breaker {
namespace {

using namespace std::chrono_literals;

const MonoTime t0{1h};
const BreakerConfig kConfig{.failures = 3, .firstWait = 5s, .longestWait = 15s};

/// A server as its breaker sees it.
struct Server {
  bool ask() {
    const Next next = transition(state, Asking{}, kConfig, now);
    state = next.state;
    return next.mayAsk;
  }
  void hear(const Event& event) { state = transition(state, event, kConfig, now).state; }
  void fail(int times = 1) {
    for (int i = 0; i < times; ++i) hear(Failed{"refused"});
  }
  State state;
  MonoTime now = t0;
};

TEST(Breaker, OpensAfterSoManyFailuresInARow) {
  Server server;
  server.fail(2);
  EXPECT_TRUE(server.ask());
  server.fail();
  EXPECT_FALSE(server.ask());
  EXPECT_EQ(server.state, State(Open{t0 + 5s, 5s, "refused"}));
}

TEST(Breaker, AnAnswerInBetweenBeginsTheCountAnew) {
  Server server;
  server.fail(2);
  server.hear(Answered{});
  server.fail(2);
  EXPECT_TRUE(server.ask());
}

TEST(Breaker, OnceTheWaitIsOverOneMayAsk) {
  Server server;
  server.fail(3);
  server.now = t0 + 5s - 1ns;
  EXPECT_FALSE(server.ask());
  server.now = t0 + 5s;
  EXPECT_TRUE(server.ask());
  EXPECT_FALSE(server.ask()) << "one is enough to find out";
  server.hear(Answered{});
  EXPECT_TRUE(server.ask());
  EXPECT_EQ(server.state, State(Closed{}));
}

TEST(Breaker, EachFailedProbeDoublesTheWaitUpToTheLongest) {
  Server server;
  server.fail(3);
  for (const auto wait : {10s, 15s, 15s}) {
    server.now = std::get<Open>(server.state).until;
    ASSERT_TRUE(server.ask());
    server.fail();
    EXPECT_EQ(std::get<Open>(server.state).until, server.now + wait);
  }
  server.now += 15s;
  ASSERT_TRUE(server.ask());
  server.hear(Answered{});
  server.fail(3);
  EXPECT_EQ(std::get<Open>(server.state).wait, 5s) << "after an answer the first wait is short again";
}

TEST(Breaker, AProbeThatWasGivenUpLeavesTheNextOneToFindOut) {
  Server server;
  server.fail(3);
  server.now = t0 + 5s;
  ASSERT_TRUE(server.ask());
  server.hear(Dropped{});
  EXPECT_TRUE(server.ask());
}

TEST(Breaker, WhatWasAskedBeforeItOpenedMayCloseItAndNotLengthenTheWait) {
  Server server;
  server.fail(3);
  server.now = t0 + 1s;
  server.fail();
  EXPECT_EQ(std::get<Open>(server.state).until, t0 + 5s);
  server.hear(Dropped{});
  EXPECT_FALSE(server.ask());
  server.hear(Answered{});
  EXPECT_TRUE(server.ask());
}

}  // namespace
}  // namespace tidewright::prometheus::breaker
