#include "simulate/query_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::simulate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const WallTime t0{1'700'000'000s};

std::string matrix(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}
const std::string kA = R"({"metric":{"app":"a"},"values":[[1700000000,"1"],[1700000015,"2.5"]]})";
const std::string kB = R"({"metric":{"app":"b"},"values":[[1700000000,"10"],[1700000015,"NaN"],[1700000030,"+Inf"]]})";

TEST(QueryRange, OneSeriesIsTheLoad) { EXPECT_EQ(readQueryRange(matrix(kA), {}), (Series{{t0, 1}, {t0 + 15s, 2.5}})); }

TEST(QueryRange, SeveralAreChosenFromOrAddedUp) {
  EXPECT_EQ(readQueryRange(matrix(kA + "," + kB), {.select = {{"app", "b"}}}),
            (Series{{t0, 10}, {t0 + 15s, {}}, {t0 + 30s, {}}}));
  EXPECT_EQ(readQueryRange(matrix(kA + "," + kB), {.aggregate = api::Aggregate::Sum}),
            (Series{{t0, 11}, {t0 + 15s, {}}, {t0 + 30s, {}}}));
  EXPECT_THAT(readQueryRange(matrix(kA + "," + kB), {}).error().message(), HasSubstr("write aggregate: Sum"));
}

TEST(QueryRange, WhatIsNoMatrixSaysSo) {
  const auto why = [](const std::string& body) { return readQueryRange(body, {}).error().message(); };
  EXPECT_THAT(why("<html>"), HasSubstr("not JSON"));
  EXPECT_THAT(why(R"({"status":"error","error":"too many points"})"), HasSubstr("too many points"));
  EXPECT_THAT(why(R"({"status":"success","data":{"resultType":"vector","result":[]}})"), HasSubstr("not a matrix"));
  EXPECT_THAT(why(R"({"status":"success","data":[]})"), HasSubstr("not a matrix"));
  EXPECT_THAT(why(matrix("")), HasSubstr("no series"));
  EXPECT_THAT(why(matrix(R"({"metric":{}})")), HasSubstr("no values"));
  EXPECT_THAT(why(matrix(R"({"metric":{},"values":[[1700000000,1]]})")), HasSubstr("no number"));
}

}  // namespace
}  // namespace tidewright::simulate
