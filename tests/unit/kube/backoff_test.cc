#include "operator/kube/backoff.h"

#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;

const MonoTime t0{1h};

TEST(Backoff, DoublesFromBelowASecondToHalfAMinute) {
  Backoff backoff([] { return 0.0; });
  MonoTime now = t0;
  for (const auto want : {800ms, 1600ms, 3200ms, 6400ms, 12800ms, 25600ms, 30000ms, 30000ms}) {
    const auto wait = backoff.next(now);
    EXPECT_EQ(wait, want);
    now += wait;
  }
}

TEST(Backoff, JitterShortensByUpToAHalf) {
  Backoff backoff([] { return 0.5; });
  EXPECT_EQ(backoff.next(t0), 600ms);
  EXPECT_EQ(backoff.next(t0), 1200ms);
}

TEST(Backoff, TwoHealthyMinutesForgetTheFailures) {
  Backoff backoff([] { return 0.0; });
  const MonoTime retried = t0 + backoff.next(t0);
  const MonoTime again = retried + backoff.next(retried);
  const auto third = backoff.next(again + 119s);
  EXPECT_EQ(third, 3200ms) << "one second short of healthy";
  EXPECT_EQ(backoff.next(again + 119s + third + 120s), 800ms);
}

TEST(Backoff, SystemRandomStaysInRange) {
  const Random random = systemRandom();
  for (int i = 0; i < 1000; ++i) {
    const double value = random();
    ASSERT_TRUE(value >= 0 && value < 1);
  }
}

TEST(Doubled, NeverOverflows) {
  EXPECT_EQ(doubled(5ms, 1000s, 0), 5ms);
  EXPECT_EQ(doubled(5ms, 1000s, 3), 40ms);
  EXPECT_EQ(doubled(5ms, 1000s, 1'000'000), 1000s);
}

}  // namespace
}  // namespace tidewright::kube
