#include "operator/kube/expectations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/kube/controller.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const ObjectKey kWeb{"default", "web"}, kApi{"default", "api"};

TEST(Expectations, NothingWrittenNothingToWaitFor) {
  FakeClock clock;
  Expectations expectations(clock);
  EXPECT_TRUE(expectations.check(kWeb).ready);
}

TEST(Expectations, DecisionsWaitUntilTheCacheHasSeenTheWrite) {
  FakeClock clock;
  Expectations expectations(clock);
  EXPECT_THAT(expectations.seenVersion("pods", "100"), IsEmpty());
  expectations.wrote(kWeb, "pods", "105");
  EXPECT_FALSE(expectations.check(kWeb).ready);
  EXPECT_TRUE(expectations.check(kApi).ready) << "others decide on";
  EXPECT_THAT(expectations.seenVersion("pods", "104"), IsEmpty());
  EXPECT_THAT(expectations.seenVersion("replicasets", "200"), IsEmpty()) << "another cache says nothing of this one";
  EXPECT_FALSE(expectations.check(kWeb).ready);
  EXPECT_THAT(expectations.seenVersion("pods", "1000"), ElementsAre(kWeb)) << "as numbers, not as text";
  EXPECT_TRUE(expectations.check(kWeb).ready);
}

TEST(Expectations, AWatchQuickerThanTheAnswerIsFine) {
  FakeClock clock;
  Expectations expectations(clock);
  (void)expectations.seenVersion("pods", "105");
  expectations.wrote(kWeb, "pods", "105");
  EXPECT_TRUE(expectations.check(kWeb).ready);
}

TEST(Expectations, SeveralWritesAreAllWaitedFor) {
  FakeClock clock;
  Expectations expectations(clock);
  expectations.wrote(kWeb, "pods", "5");
  expectations.wrote(kWeb, "replicasets", "7");
  EXPECT_THAT(expectations.seenVersion("pods", "5"), ElementsAre(kWeb));
  EXPECT_FALSE(expectations.check(kWeb).ready);
  (void)expectations.seenVersion("replicasets", "9");
  EXPECT_TRUE(expectations.check(kWeb).ready);
}

TEST(Expectations, ALateCacheIsListedAgainOnceAPatience) {
  FakeClock clock;
  Expectations expectations(clock, 10s);
  expectations.wrote(kWeb, "pods", "5");
  clock.advance(4s);
  EXPECT_EQ(expectations.check(kWeb).wait, 6s);
  clock.advance(6s);
  const auto late = expectations.check(kWeb);
  EXPECT_FALSE(late.ready) << "still no decision from a stale cache";
  EXPECT_THAT(late.relist, ElementsAre("pods"));
  EXPECT_THAT(expectations.check(kWeb).relist, IsEmpty());
  clock.advance(10s);
  EXPECT_THAT(expectations.check(kWeb).relist, ElementsAre("pods"));
}

TEST(Expectations, ADeletionWaitsUntilTheCacheShowsIt) {
  FakeClock clock;
  Expectations expectations(clock);
  bool gone = false;
  expectations.deleted(kWeb, "pods", [&] { return gone; });
  EXPECT_FALSE(expectations.check(kWeb).ready);
  gone = true;
  EXPECT_TRUE(expectations.check(kWeb).ready);
}

TEST(Expectations, ADeletionThatAFreshListDoesNotShowIsGivenUp) {
  FakeClock clock;
  Expectations expectations(clock, 10s);
  expectations.deleted(kWeb, "pods", [] { return false; });
  clock.advance(10s);
  EXPECT_THAT(expectations.check(kWeb).relist, ElementsAre("pods"));
  EXPECT_FALSE(expectations.check(kWeb).ready);
  clock.advance(10s);
  EXPECT_TRUE(expectations.check(kWeb).ready);
}

TEST(Expectations, WhatIsForgottenIsNotWaitedFor) {
  FakeClock clock;
  Expectations expectations(clock);
  expectations.wrote(kWeb, "pods", "5");
  expectations.forget(kWeb);
  EXPECT_TRUE(expectations.check(kWeb).ready);
  EXPECT_THAT(expectations.seenVersion("pods", "9"), IsEmpty());
}

TEST(Expectations, AStalledWatchDoesNotMakeUsActTwice) {
  // The reconciler's job: three pods. It creates what is missing from the cache; the watch stalls after the writes.
  FakeClock clock;
  Queue queue(clock);
  Expectations expectations(clock);
  int cached = 0, created = 0, relists = 0;
  Controller controller(queue, clock, [&](const ObjectKey& key, Cause, const std::stop_token&) -> Result<Requeue> {
    const auto verdict = expectations.check(key);
    relists += static_cast<int>(verdict.relist.size());
    if (!verdict.ready) return Requeue{.after = verdict.wait};
    for (int missing = 3 - cached; missing > 0; --missing) {
      ++created;
      expectations.wrote(key, "pods", std::to_string(100 + created));
    }
    return Requeue{};
  });
  queue.add(kWeb);
  controller.workOnce();
  EXPECT_EQ(created, 3);
  for (int i = 0; i < 30; ++i) {
    queue.add(kWeb);
    clock.advance(1s);
    while (controller.workOnce()) {
    }
  }
  EXPECT_EQ(created, 3) << "no second action";
  EXPECT_GE(relists, 2);
  cached = 3;
  for (const ObjectKey& key : expectations.seenVersion("pods", "103")) queue.add(key);
  controller.workOnce();
  EXPECT_EQ(created, 3);
}

}  // namespace
}  // namespace tidewright::kube
