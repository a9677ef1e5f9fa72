#include "simulate/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::simulate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const WallTime t0{1'700'000'000s};

TEST(Samples, TimesMayBeRfc3339OrUnix) {
  const auto series = readSamples(
      "timestamp,value\n"
      "# what the demo measured\n"
      "1700000000,10\n"
      "1700000000.5, 11.5\r\n"
      "\n"
      "2023-11-14T22:13:21Z,12\n"
      "\"2023-11-14T23:13:22+01:00\",\"1e3\"");
  ASSERT_TRUE(series) << series.error().message();
  EXPECT_EQ(*series, (Series{{t0, 10}, {t0 + 500ms, 11.5}, {t0 + 1s, 12}, {t0 + 2s, 1000}}));
}

TEST(Samples, WhatWasNotKnownStaysUnknown) {
  const auto series = readSamples("1700000000,\n1700000001,NaN\n1700000002,+Inf\n1700000003,-4\n");
  ASSERT_TRUE(series) << series.error().message();
  EXPECT_EQ(*series, (Series{{t0, {}}, {t0 + 1s, {}}, {t0 + 2s, {}}, {t0 + 3s, -4}}));
}

struct Wrong {
  const char* name;
  const char* text;
  const char* says;
};
class WrongSamples : public testing::TestWithParam<Wrong> {};
TEST_P(WrongSamples, NameTheLineAndWhatToWrite) {
  const auto series = readSamples(GetParam().text);
  ASSERT_FALSE(series);
  EXPECT_THAT(series.error().message(), HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    Lines, WrongSamples,
    testing::Values(Wrong{"NoTime", "1700000000,1\nyesterday,2\n", "line 2: \"yesterday\" is not a time; write 2026-"},
                    Wrong{"NoNumber", "time,load\n1700000000,many\n", "line 2: \"many\" is not a number"},
                    Wrong{"OneField", "1700000000\n", "line 1: \"1700000000\" is not two fields"},
                    Wrong{"ThreeFields", "1700000000,1,2\n", "line 1: \"1700000000,1,2\" is not two fields"},
                    Wrong{"Backwards", "\n1700000001,1\n1700000000,2\n",
                          "line 3: 2023-11-14T22:13:20Z is not later than the time before it"},
                    Wrong{"Twice", "1700000000,1\n1700000000,1\n", "line 2"},
                    Wrong{"AnotherHeading", "a,b\na,b\n", "line 2: \"a\" is not a time"},
                    Wrong{"FarFuture", "99999999999,1\n", "line 1"}, Wrong{"Empty", "", "no samples"},
                    Wrong{"HeadingOnly", "time,value\n", "no samples"}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace tidewright::simulate
