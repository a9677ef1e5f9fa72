#include "operator/control/turns.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/unit/kube/fake_clock.h"

namespace tidewright::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct TurnsTest : testing::Test {
  /// How long app number `i` has to wait.
  std::optional<std::chrono::nanoseconds> wait(int i) {
    const auto until = turns.waitsUntil({"shop", "app-" + std::to_string(i)});
    return until ? std::optional(*until - clock.wall()) : std::nullopt;
  }
  void tenAtOnce() {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(wait(100 + i), std::nullopt);
  }

  FakeClock clock;
  Turns turns{clock};
};

TEST_F(TurnsTest, EachHasItsPlace) {
  tenAtOnce();
  EXPECT_EQ(wait(1), milliseconds(200));
  EXPECT_EQ(wait(2), milliseconds(400));
  EXPECT_EQ(wait(1), milliseconds(200)) << "asking again does not cost the place";
  clock.advance(milliseconds(200));
  EXPECT_EQ(wait(1), std::nullopt);
  EXPECT_EQ(wait(2), milliseconds(200));
}

TEST_F(TurnsTest, ThoseThatSomebodyWaitsForGoFirst) {
  tenAtOnce();
  EXPECT_EQ(wait(1), milliseconds(200));
  clock.advance(milliseconds(200));
  turns.wrote(21);
  EXPECT_EQ(wait(1), seconds(1));
  clock.advance(seconds(1));
  EXPECT_EQ(wait(1), std::nullopt);
}

TEST_F(TurnsTest, NobodyIsBehindForEver) {
  tenAtOnce();
  ASSERT_NE(wait(1), std::nullopt);
  int behind = 0;
  for (; behind < 100; ++behind) {
    clock.advance(seconds(1));
    turns.wrote(100);
    if (!wait(1)) break;
  }
  EXPECT_GE(behind, 58);
  EXPECT_LE(behind, 61);
}

TEST_F(TurnsTest, AFewOtherWritesHoldNobodyUp) {
  tenAtOnce();
  ASSERT_NE(wait(1), std::nullopt);
  clock.advance(seconds(1));
  turns.wrote(20);
  EXPECT_EQ(wait(1), std::nullopt);
}

TEST_F(TurnsTest, WhoIsForgottenBeginsAnew) {
  tenAtOnce();
  ASSERT_EQ(wait(1), milliseconds(200));
  turns.forget({"shop", "app-1"});
  EXPECT_EQ(wait(1), milliseconds(400));
}

}  // namespace
}  // namespace tidewright::control
