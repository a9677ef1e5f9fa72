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

}  // namespace
}  // namespace tidewright
