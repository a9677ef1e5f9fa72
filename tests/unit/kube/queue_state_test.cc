#include "operator/kube/queue_state.h"

#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;

const MonoTime t0{1h};

ObjectKey key(std::string name) { return {"default", std::move(name)}; }

std::string takeName(QueueState& queue, MonoTime now) {
  const auto taken = queue.take(now);
  return taken ? taken->key.name : "";
}

TEST(QueueState, AKeyIsInItOnce) {
  QueueState queue;
  EXPECT_TRUE(queue.add(key("a"), Priority::High, t0));
  EXPECT_FALSE(queue.add(key("a"), Priority::High, t0));
  EXPECT_EQ(takeName(queue, t0), "a");
  EXPECT_EQ(takeName(queue, t0), "");
}

TEST(QueueState, AChangeIsNotForgottenOverATick) {
  QueueState queue;
  queue.add(key("a"), Priority::Low, t0, Cause::Tick);
  EXPECT_EQ(queue.take(t0)->cause, Cause::Tick);
  queue.add(key("a"), Priority::High, t0, Cause::Change);
  queue.add(key("a"), Priority::Low, t0 - 1s, Cause::Tick);
  queue.done(key("a"));
  EXPECT_EQ(queue.take(t0)->cause, Cause::Change) << "asked for while it was worked on";
  queue.done(key("a"));
  queue.add(key("a"), Priority::Low, t0, Cause::Tick);
  queue.add(key("a"), Priority::Low, t0 + 1s, Cause::Change);
  EXPECT_EQ(queue.take(t0)->cause, Cause::Change);
}

TEST(QueueState, FirstDueFirstServed) {
  QueueState queue;
  queue.add(key("b"), Priority::High, t0);
  queue.add(key("c"), Priority::High, t0 - 1s);
  queue.add(key("a"), Priority::High, t0);
  EXPECT_EQ(takeName(queue, t0), "c");
  EXPECT_EQ(takeName(queue, t0), "b");
  EXPECT_EQ(takeName(queue, t0), "a");
}

TEST(QueueState, NotBeforeItIsDue) {
  QueueState queue;
  queue.add(key("a"), Priority::High, t0 + 5s);
  EXPECT_EQ(takeName(queue, t0 + 5s - 1ns), "");
  EXPECT_EQ(queue.nextDue(), t0 + 5s);
  EXPECT_EQ(queue.depth(t0), 0U);
  EXPECT_EQ(queue.waiting(), 1U);
  EXPECT_EQ(takeName(queue, t0 + 5s), "a");
  EXPECT_EQ(queue.nextDue(), std::nullopt);
}

TEST(QueueState, TheEarliestTimeAndTheHighestPriorityWin) {
  QueueState queue;
  queue.add(key("a"), Priority::Low, t0 + 5s);
  queue.add(key("a"), Priority::High, t0 + 60s);
  const auto taken = queue.take(t0 + 5s);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->priority, Priority::High);
  EXPECT_EQ(taken->due, t0 + 5s);
}

TEST(QueueState, AnEditEndsALongBackOff) {
  QueueState queue;
  queue.add(key("a"), Priority::Low, t0 + 1000s);
  queue.add(key("a"), Priority::High, t0);
  EXPECT_EQ(takeName(queue, t0), "a");
  EXPECT_EQ(queue.waiting(), 0U) << "the later time is not remembered: the reconcile asks for it again if it must";
}

TEST(QueueState, NeverTheSameKeyTwiceAtOnce) {
  QueueState queue;
  queue.add(key("a"), Priority::Low, t0);
  EXPECT_EQ(takeName(queue, t0), "a");
  EXPECT_TRUE(queue.add(key("a"), Priority::High, t0 + 1s));
  EXPECT_FALSE(queue.add(key("a"), Priority::Low, t0));
  EXPECT_EQ(takeName(queue, t0 + 1h), "") << "it is being worked on";
  queue.done(key("a"));
  const auto again = queue.take(t0);
  ASSERT_TRUE(again) << "what came meanwhile is not lost";
  EXPECT_EQ(again->priority, Priority::High);
  queue.done(key("a"));
  EXPECT_EQ(takeName(queue, t0 + 1h), "");
}

TEST(QueueState, AfterARestartTheOneEditedObjectComesFirst) {
  QueueState queue;
  for (int i = 0; i < 10'000; ++i) queue.add(key("app" + std::to_string(i)), Priority::Low, t0);
  queue.add(key("app9999"), Priority::High, t0 + 1ms);
  EXPECT_EQ(takeName(queue, t0 + 1ms), "app9999");
}

TEST(QueueState, AStreamOfEditsDoesNotStarveTheRest) {
  QueueState queue;
  queue.add(key("resync"), Priority::Low, t0);
  int taken = 0;
  for (bool seen = false; !seen; ++taken) {
    queue.add(key("edit" + std::to_string(taken)), Priority::High, t0);
    seen = takeName(queue, t0) == "resync";
    ASSERT_LT(taken, 10);
  }
  EXPECT_EQ(taken, 8);
}

TEST(QueueState, EachKeyBacksOffOnItsOwn) {
  QueueState queue;
  EXPECT_EQ(queue.failed(key("a")), 5ms);
  EXPECT_EQ(queue.failed(key("a")), 10ms);
  EXPECT_EQ(queue.failed(key("b")), 5ms);
  queue.succeeded(key("a"));
  EXPECT_EQ(queue.failed(key("a")), 5ms);
  for (int i = 0; i < 30; ++i) (void)queue.failed(key("b"));
  EXPECT_EQ(queue.failed(key("b")), 1000s);
}

}  // namespace
}  // namespace tidewright::kube
