#include "operator/timestamp.h"

#include <gtest/gtest.h>

namespace tidewright {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

const WallTime kMoment = WallTime(sys_days(std::chrono::year(2026) / 11 / 21)) + 4h + 13min + 48s;

TEST(Timestamp, ReadsWhatKubernetesWrites) {
  EXPECT_EQ(parseTimestamp("2026-11-21T04:13:48Z"), kMoment);
  EXPECT_EQ(parseTimestamp("2026-11-21T04:13:48.000000Z"), kMoment);
  EXPECT_EQ(parseTimestamp("2026-11-21T04:13:48.25Z"), kMoment + 250ms);
  EXPECT_EQ(parseTimestamp("2026-11-21T04:13:48.123456789Z"), kMoment + 123456789ns);
  EXPECT_EQ(parseTimestamp("2026-11-21T06:43:48+02:30"), kMoment);
  EXPECT_EQ(parseTimestamp("2026-11-21T00:13:48-04:00"), kMoment);
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* bad :
       {"", "now", "2026-11-21", "2026-11-21T04:13:48", "2026-13-21T04:13:48Z", "2026-02-30T04:13:48Z",
        "2026-11-21T24:13:48Z", "2026-11-21T04:13:48.Z", "2026-11-21T04:13:48.1234567890Z", "2026-11-21T04:13:48ZZ",
        "-026-11-21T04:13:48Z", "0001-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parseTimestamp(bad)) << bad;
  }
}

TEST(Timestamp, WritesWholeSecondsAndMicroseconds) {
  EXPECT_EQ(formatTimestamp(kMoment + 999ms), "2026-11-21T04:13:48Z");
  EXPECT_EQ(formatMicroTime(kMoment), "2026-11-21T04:13:48.000000Z");
  EXPECT_EQ(formatMicroTime(kMoment + 1234567ns), "2026-11-21T04:13:48.001234Z");
  EXPECT_EQ(formatTimestamp(WallTime(-1s)), "1969-12-31T23:59:59Z");
}

}  // namespace
}  // namespace tidewright
