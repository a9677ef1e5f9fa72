#include "tests/load/tally.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/load/report.h"

namespace tidewright::load {
namespace {

using namespace std::chrono_literals;

TEST(Percentiles, AreNearestRanks) {
  std::vector<std::chrono::microseconds> values;
  for (int i = 100; i >= 1; --i) values.push_back(std::chrono::milliseconds(i));
  const Percentiles p = percentiles(values);
  EXPECT_EQ(p.p50, 50);
  EXPECT_EQ(p.p95, 95);
  EXPECT_EQ(p.p99, 99);
  EXPECT_EQ(p.max, 100);
  EXPECT_EQ(percentiles({7ms}).p50, 7);
  EXPECT_EQ(percentiles({}).max, 0);
}

TEST(Tally, CountsEveryRequestOnceInItsSecond) {
  Tally tally;
  tally.add({.outcome = Outcome::Ok, .status = 200, .instance = "a", .version = "1"}, 100ms, 105ms);
  tally.add({.outcome = Outcome::Refused, .detail = "refused"}, 900ms, 901ms);
  tally.add({.outcome = Outcome::Status5xx, .status = 503, .instance = "b"}, 2100ms, 2300ms);
  EXPECT_EQ(tally.total(), 3U);
  EXPECT_EQ(tally.ok(), 1U);
  ASSERT_EQ(tally.seconds.size(), 3U);
  EXPECT_EQ(tally.seconds[0].requests, 2U);
  EXPECT_EQ(tally.seconds[0].failed, 1U);
  EXPECT_EQ(tally.seconds[1].requests, 0U);
  EXPECT_EQ(tally.seconds[2].failed, 1U);
  EXPECT_EQ(tally.instances.size(), 1U) << "only who answered well";
  EXPECT_EQ(tally.latencies, std::vector<std::chrono::microseconds>{5ms}) << "from the scheduled arrival";
}

TEST(Report, JsonHoldsEveryKindOfFailure) {
  Tally tally;
  for (const Outcome outcome : kOutcomes) tally.add({.outcome = outcome}, 0ms, 1ms);
  const auto json = nlohmann::json::parse(toJson(Options{.rate = 5}, tally));
  EXPECT_EQ(json["requests"], 8);
  EXPECT_EQ(json["ok"], 1);
  EXPECT_EQ(json["failed"], 7);
  for (const char* kind : {"refused", "reset", "timeout", "status5xx", "statusOther", "truncated", "other"}) {
    EXPECT_EQ(json["failures"][kind], 1) << kind;
  }
  EXPECT_FALSE(json.contains("timeline"));
}

}  // namespace
}  // namespace tidewright::load
