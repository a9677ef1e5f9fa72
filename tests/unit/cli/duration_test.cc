#include "cli/duration.h"

#include <gtest/gtest.h>

namespace tidewright::cli {
namespace {

using namespace std::chrono_literals;

TEST(DurationText, HasTwoUnitsAtMost) {
  EXPECT_EQ(durationText(0s), "0s");
  EXPECT_EQ(durationText(-5s), "0s");
  EXPECT_EQ(durationText(59s + 999ms), "59s");
  EXPECT_EQ(durationText(60s), "1m");
  EXPECT_EQ(durationText(250s), "4m10s");
  EXPECT_EQ(durationText(3h + 5min + 7s), "3h5m");
  EXPECT_EQ(durationText(52h), "2d4h");
  EXPECT_EQ(durationText(48h + 59s), "2d");
}

TEST(ParseDuration, TakesWhatPeopleWrite) {
  EXPECT_EQ(parseDuration("90s"), 90s);
  EXPECT_EQ(parseDuration("90"), 90s);
  EXPECT_EQ(parseDuration("1h30m"), 5400s);
  EXPECT_EQ(parseDuration("0"), 0s);
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text : {"", "s", "3x", "-1s", "1.5h", "1001h", "99999999999999999999s", "5m "}) {
    EXPECT_EQ(parseDuration(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tidewright::cli
