#include "operator/kube/controller.h"

#include <atomic>
#include <future>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/kube/fake_clock.h"

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;

const ObjectKey kWeb{"default", "web"};

struct Counted final : QueueObserver {
  int adds = 0, retries = 0, dones = 0;
  std::chrono::nanoseconds waited{}, worked{};
  void added() override { ++adds; }
  void retried() override { ++retries; }
  void taken(std::chrono::nanoseconds w) override { waited = w; }
  void done(std::chrono::nanoseconds w) override { worked = w, ++dones; }
};

struct Bench {
  FakeClock clock;
  Counted counted;
  Queue queue{clock, &counted};
  Result<Requeue> answer = Requeue{};
  int calls = 0;
  Controller controller{queue, clock, [this](const ObjectKey&, Cause, const std::stop_token&) {
                          ++calls;
                          clock.advance(3ms);
                          return answer;
                        }};
};

TEST(Controller, WorksOnWhatIsAdded) {
  Bench b;
  b.queue.add(kWeb);
  b.clock.advance(40ms);
  EXPECT_TRUE(b.controller.workOnce());
  EXPECT_FALSE(b.controller.workOnce());
  EXPECT_EQ(b.calls, 1);
  EXPECT_EQ(b.counted.adds, 1);
  EXPECT_EQ(b.counted.waited, 40ms);
  EXPECT_EQ(b.counted.worked, 3ms);
}

TEST(Controller, AnUnchangedObjectCostsNothing) {
  Bench b;
  b.queue.add(kWeb);
  b.controller.workOnce();
  b.clock.advance(24h);
  EXPECT_FALSE(b.controller.workOnce());
}

TEST(Controller, LooksAgainWhenAsked) {
  Bench b;
  b.answer = Requeue{.after = 15s};
  b.queue.add(kWeb);
  b.controller.workOnce();
  b.clock.advance(14s);
  EXPECT_FALSE(b.controller.workOnce());
  b.clock.advance(1s);
  EXPECT_TRUE(b.controller.workOnce());
}

TEST(Controller, AnErrorIsTriedAgainLaterAndLater) {
  Bench b;
  b.answer = fail(ErrorCode::Unavailable, "no connection");
  b.queue.add(kWeb);
  b.controller.workOnce();
  EXPECT_FALSE(b.controller.workOnce());
  b.clock.advance(5ms);
  EXPECT_TRUE(b.controller.workOnce());
  b.clock.advance(5ms);
  EXPECT_FALSE(b.controller.workOnce());
  b.clock.advance(5ms);
  EXPECT_TRUE(b.controller.workOnce());
  EXPECT_EQ(b.counted.retries, 3);
}

TEST(Controller, SuccessForgetsTheFailures) {
  Bench b;
  b.answer = fail(ErrorCode::Conflict, "somebody else wrote");
  b.queue.add(kWeb);
  for (int i = 0; i < 6; ++i) {
    b.controller.workOnce();
    b.clock.advance(1s);
  }
  b.answer = Requeue{};
  EXPECT_TRUE(b.controller.workOnce());
  b.answer = fail(ErrorCode::Conflict, "again");
  b.queue.add(kWeb);
  b.controller.workOnce();
  b.clock.advance(5ms);
  EXPECT_TRUE(b.controller.workOnce()) << "back at the shortest wait";
}

TEST(Controller, WhatIsInvalidWaitsForAnEdit) {
  Bench b;
  b.answer = fail(ErrorCode::Invalid, "spec.replicas: -1");
  b.queue.add(kWeb);
  b.controller.workOnce();
  b.clock.advance(24h);
  EXPECT_FALSE(b.controller.workOnce());
  b.queue.add(kWeb);
  EXPECT_TRUE(b.controller.workOnce());
}

TEST(Controller, ReportsEachOutcome) {
  FakeClock clock;
  Queue queue(clock);
  std::vector<std::string_view> results;
  Result<Requeue> answer = Requeue{};
  Controller controller(
      queue, clock, [&](const ObjectKey&, Cause, const std::stop_token&) { return answer; },
      [&](const ObjectKey&, ReconcileResult r, const Error* e, std::chrono::nanoseconds) {
        results.push_back(toString(r));
        EXPECT_EQ(e == nullptr, answer.has_value());
      });
  const Error invalid(ErrorCode::Invalid, "x");
  for (const Result<Requeue>& next :
       {Result<Requeue>(Requeue{}), Result<Requeue>(Requeue{.after = 1h}), Result<Requeue>(fail(invalid))}) {
    answer = next;
    queue.add(kWeb);
    controller.workOnce();
  }
  EXPECT_THAT(results, testing::ElementsAre("success", "requeue_after", "terminal_error"));
}

TEST(Controller, AFaultInOneReconcileEndsNothingElse) {
  FakeClock clock;
  Queue queue(clock);
  std::string seen;
  Controller controller(
      queue, clock,
      [](const ObjectKey&, Cause, const std::stop_token&) -> Result<Requeue> { throw std::runtime_error("oops"); },
      [&](const ObjectKey&, ReconcileResult, const Error* e, std::chrono::nanoseconds) { seen = e->message(); });
  queue.add(kWeb);
  EXPECT_TRUE(controller.workOnce());
  EXPECT_THAT(seen, testing::HasSubstr("oops"));
}

TEST(Controller, ManyWorkersNeverShareAKey) {
  const SystemClock clock;
  Queue queue(clock);
  constexpr int kKeys = 20;
  std::array<std::atomic<int>, kKeys> inside{};
  std::atomic<bool> shared = false;
  std::atomic<int> calls = 0;
  Controller controller(queue, clock, [&](const ObjectKey& key, Cause, const std::stop_token&) -> Result<Requeue> {
    auto& mine = inside.at(static_cast<std::size_t>(std::stoi(key.name)));
    if (++mine != 1) shared = true;
    std::this_thread::yield();
    --mine;
    ++calls;
    return Requeue{};
  });
  controller.start(4);
  for (int i = 0; i < 2000; ++i) queue.add({"", std::to_string(i % kKeys)});
  while (queue.waiting() > 0 || queue.unfinished().sum > 0ns) std::this_thread::yield();
  controller.stop();
  EXPECT_FALSE(shared);
  EXPECT_GE(calls, kKeys);
}

TEST(Controller, StopWaitsForTheReconcileInHandAndLeavesTheRest) {
  const SystemClock clock;
  Queue queue(clock);
  std::promise<void> entered;
  std::atomic<bool> finished = false;
  std::atomic<int> calls = 0;
  Controller controller(queue, clock, [&](const ObjectKey&, Cause, const std::stop_token& stop) -> Result<Requeue> {
    ++calls;
    entered.set_value();
    while (!stop.stop_requested()) std::this_thread::yield();
    finished = true;
    return Requeue{};
  });
  queue.add({"", "first"});
  queue.add({"", "second"});
  controller.start(1);
  entered.get_future().wait();
  controller.stop();
  EXPECT_TRUE(finished);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(queue.waiting(), 1U);
}

TEST(Queue, SaysHowLongWorkHasTaken) {
  FakeClock clock;
  Queue queue(clock);
  queue.add({"", "a"});
  queue.add({"", "b"});
  (void)queue.tryTake();
  clock.advance(2s);
  (void)queue.tryTake();
  clock.advance(1s);
  EXPECT_EQ(queue.unfinished().longest, 3s);
  EXPECT_EQ(queue.unfinished().sum, 4s);
  queue.done({"", "a"});
  EXPECT_EQ(queue.unfinished().longest, 1s);
  EXPECT_EQ(queue.depth(), 0U);
}

}  // namespace
}  // namespace tidewright::kube
