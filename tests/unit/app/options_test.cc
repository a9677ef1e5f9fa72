#include "app/options.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ParsedOptions parse(std::vector<const char*> flags) {
  flags.insert(flags.begin(), "app");
  return parseOptions(static_cast<int>(flags.size()), flags.data());
}

TEST(Options, HaveDefaultsThatServe) {
  const ParsedOptions parsed = parse({});
  ASSERT_FALSE(parsed.leave) << parsed.leave->message;
  EXPECT_EQ(parsed.options.port, 8080);
  EXPECT_EQ(parsed.options.workMs, 2);
  EXPECT_EQ(parsed.options.workers, 1U);
  EXPECT_EQ(parsed.options.processes, 0U);
  EXPECT_FALSE(parsed.options.versionLabel.empty());
  EXPECT_EQ(parsed.options.drain.idleLimit, 10s);
  EXPECT_FALSE(parsed.options.crashAfter);
}

TEST(Options, AreRead) {
  const ParsedOptions parsed =
      parse({"--port=9", "--version-label=2.0", "--work-ms=0.5", "--workers=0", "--processes=2", "--crash-after=1-3s",
             "--drain-seconds=7", "--idle-drain-seconds=3", "--no-drain", "--start-delay=4", "--error-rate=0.05"});
  ASSERT_FALSE(parsed.leave) << parsed.leave->message;
  const Options& o = parsed.options;
  EXPECT_EQ(o.port, 9);
  EXPECT_EQ(o.versionLabel, "2.0");
  EXPECT_EQ(o.workMs, 0.5);
  EXPECT_EQ(o.workers, 0U);
  EXPECT_EQ(o.processes, 2U);
  ASSERT_TRUE(o.crashAfter);
  EXPECT_EQ(o.crashAfter->from, 1s);
  EXPECT_EQ(o.crashAfter->to, 3s);
  EXPECT_EQ(o.drain.limit, 7s);
  EXPECT_EQ(o.drain.idleLimit, 3s);
  EXPECT_TRUE(o.drain.cutInFlight);
  EXPECT_EQ(o.startDelay, 4s);
  EXPECT_EQ(o.errorRate, 0.05);
}

TEST(Options, AFlagWinsOverTheEnvironment) {
  setenv("APP_VERSION", "7.7", 1);
  EXPECT_EQ(parse({}).options.versionLabel, "7.7");
  EXPECT_EQ(parse({"--version-label=8"}).options.versionLabel, "8");
  unsetenv("APP_VERSION");
}

TEST(Options, HelpLeavesWithZero) {
  const ParsedOptions parsed = parse({"--help"});
  ASSERT_TRUE(parsed.leave);
  EXPECT_EQ(parsed.leave->exitCode, 0);
  EXPECT_THAT(parsed.leave->message, HasSubstr("--max-requests-per-connection"));
}

struct Wrong {
  const char* flag;
  const char* named;
};
class WrongOptions : public testing::TestWithParam<Wrong> {};
TEST_P(WrongOptions, LeaveWithTwoAndTheFlagsName) {
  const ParsedOptions parsed = parse({GetParam().flag});
  ASSERT_TRUE(parsed.leave);
  EXPECT_EQ(parsed.leave->exitCode, 2);
  EXPECT_THAT(parsed.leave->message, HasSubstr(GetParam().named));
}
INSTANTIATE_TEST_SUITE_P(
    Flags, WrongOptions,
    testing::Values(Wrong{"--bogus", "--bogus"}, Wrong{"stray", "stray"}, Wrong{"--port=70000", "--port"},
                    Wrong{"--port=-1", "--port"}, Wrong{"--port=x", "--port"}, Wrong{"--host=nowhere", "--host"},
                    Wrong{"--work-ms=-1", "--work-ms"}, Wrong{"--work-ms=nan", "--work-ms"},
                    Wrong{"--work-ms=inf", "--work-ms"}, Wrong{"--workers=-1", "--workers"},
                    Wrong{"--workers=1000", "--workers"}, Wrong{"--processes=65", "--processes"},
                    Wrong{"--crash-after=3-1s", "--crash-after"}, Wrong{"--crash-after=soon", "--crash-after"},
                    Wrong{"--version-label=a b", "--version-label"}, Wrong{"--version-label=\"", "--version-label"},
                    Wrong{"--error-rate=1.1", "--error-rate"}, Wrong{"--drain-seconds=-1", "--drain-seconds"},
                    Wrong{"--start-delay=1.5", "--start-delay"}));

TEST(TimeRange, TakesOneTimeOrTwo) {
  EXPECT_EQ(parseTimeRange("1-3s")->to, 3s);
  EXPECT_EQ(parseTimeRange("2s")->from, 2s);
  EXPECT_EQ(parseTimeRange("2")->to, 2s);
  EXPECT_EQ(parseTimeRange("250-750ms")->from, 250ms);
  EXPECT_EQ(parseTimeRange("0")->to, 0s);
  for (const char* wrong : {"", "s", "-1s", "1-", "1-2-3", "3-1", "1h", "1.5s", "99999999999999999999"}) {
    EXPECT_FALSE(parseTimeRange(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace tidewright::app
