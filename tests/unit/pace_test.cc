#include "operator/pace.h"

#include <gtest/gtest.h>

namespace tidewright {
namespace {

using namespace std::chrono_literals;

int taken(Pace& pace, MonoTime now) {
  int count = 0;
  while (pace.take(now)) ++count;
  return count;
}

TEST(Pace, LetsSoManyPassAfterARestAndThenSoManyASecond) {
  Pace pace(2, 5);
  const MonoTime start(1h);
  EXPECT_EQ(taken(pace, start), 5);
  EXPECT_EQ(taken(pace, start + 400ms), 0);
  EXPECT_EQ(taken(pace, start + 500ms), 1);
  EXPECT_EQ(taken(pace, start + 1500ms), 2);
  EXPECT_EQ(taken(pace, start + 1h), 5) << "a long rest is worth no more than a short one";
}

TEST(Pace, GivesAwayPlacesToComeInOrder) {
  Pace pace(2, 2);
  const MonoTime start(1h);
  EXPECT_EQ(pace.reserve(start), start);
  EXPECT_EQ(pace.reserve(start), start);
  EXPECT_EQ(pace.reserve(start), start + 500ms);
  EXPECT_EQ(pace.reserve(start + 100ms), start + 1000ms);
  EXPECT_FALSE(pace.take(start + 1200ms)) << "the next place is at 1.5 s";
  EXPECT_TRUE(pace.take(start + 1500ms));
}

}  // namespace
}  // namespace tidewright
