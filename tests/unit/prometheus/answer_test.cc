#include "operator/prometheus/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/prometheus/parse_answer.h"

namespace tidewright::prometheus {
namespace {

using namespace std::chrono_literals;
using api::Aggregate;
using api::Number;
using api::Query;
using api::Unknown;
using testing::HasSubstr;

const WallTime kNow{1'700'000'000s};

std::string vectorOf(const std::string& items) {
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + items + "]}}";
}
std::string item(const std::string& app, const std::string& value, const std::string& at = "1700000000") {
  return R"({"metric":{"app":")" + app + R"(","job":"j"},"value":[)" + at + ",\"" + value + "\"]}";
}
api::Sample sample(const std::string& body, const Query& query = {}, int status = 200) {
  const Result<Answer> answer = parseAnswer({.status = status, .body = body}, kNow);
  if (!answer) return Unknown{answer.error().message()};
  return readSample(*answer, query, kNow);
}

TEST(Answer, ANumberIsANumber) {
  EXPECT_EQ(sample(vectorOf(item("web", "12.5"))), api::Sample(Number{12.5}));
  EXPECT_EQ(sample(vectorOf(item("web", "1e3"))), api::Sample(Number{1000}));
  EXPECT_EQ(sample(vectorOf(item("web", "-2"))), api::Sample(Number{-2}))
      << "what a negative means is not decided here";
  EXPECT_EQ(sample(R"({"status":"success","data":{"resultType":"scalar","result":[1700000000.5,"3"]}})"),
            api::Sample(Number{3}));
}

struct Bad {
  const char* name;
  int status;
  std::string body;
  const char* why;
  bool noSeries = false;
};
class UnknownAnswer : public testing::TestWithParam<Bad> {};
TEST_P(UnknownAnswer, IsNeverANumber) {
  const Bad& bad = GetParam();
  const api::Sample got = sample(bad.body, {}, bad.status);
  ASSERT_TRUE(std::holds_alternative<Unknown>(got));
  EXPECT_THAT(std::get<Unknown>(got).reason, HasSubstr(bad.why));
  EXPECT_EQ(std::get<Unknown>(got).noSeries, bad.noSeries);
}
INSTANTIATE_TEST_SUITE_P(
    Answers, UnknownAnswer,
    testing::Values(
        Bad{"ServerError", 503, "<html>", "HTTP 503"},
        Bad{"BadQuery", 400, R"({"status":"error","errorType":"bad_data","error":"parse error at char 3"})",
            "HTTP 400: parse error at char 3"},
        Bad{"Redirect", 302, "", "HTTP 302"},
        Bad{"StatusError", 200, R"({"status":"error","errorType":"timeout","error":"took too long"})", "took too long"},
        Bad{"NoJson", 200, "<html>login</html>", "not Prometheus'"}, Bad{"Empty", 200, "", "not Prometheus'"},
        Bad{"CutShort", 200, R"({"status":"success","data":{"resultType":"vec)", "not Prometheus'"},
        Bad{"NoData", 200, R"({"status":"success"})", "the result is a \"\""},
        Bad{"Matrix", 200, R"({"status":"success","data":{"resultType":"matrix","result":[]}})",
            "the result is a \"matrix\""},
        Bad{"String", 200, R"({"status":"success","data":{"resultType":"string","result":[1,"1"]}})",
            "the result is a \"string\""},
        Bad{"NoSeries", 200, vectorOf(""), "no series", true}, Bad{"NaN", 200, vectorOf(item("web", "NaN")), "NaN"},
        Bad{"Infinity", 200, vectorOf(item("web", "+Inf")), "infinite"},
        Bad{"NegativeInfinity", 200, vectorOf(item("web", "-Inf")), "infinite"},
        Bad{"NoNumber", 200, vectorOf(item("web", "")), "without a number"},
        Bad{"NativeHistogram", 200, vectorOf(R"({"metric":{},"histogram":[1700000000,{"count":"1","sum":"2"}]})"),
            "without a number"},
        Bad{"TwoSeries", 200, vectorOf(item("a", "1") + "," + item("b", "2")), "2 series"},
        Bad{"Partial", 200,
            R"({"status":"success","warnings":["Partial response: store-1 timed out"],"data":{"resultType":"vector","result":[)" +
                item("a", "1") + "]}}",
            "store-1 timed out"},
        Bad{"PartialAndEmptyIsNotNoSeries", 200,
            R"({"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}})", "partial"},
        Bad{"EvaluatedLongAgo", 200, vectorOf(item("web", "1", "1699999939")),
            "evaluated at 2023-11-14T22:12:19Z, more than 60s ago"}),
    [](const auto& c) { return c.param.name; });

TEST(Answer, ExactlyAsOldAsAllowedIsYoungEnough) {
  EXPECT_EQ(sample(vectorOf(item("web", "1", "1699999940"))), api::Sample(Number{1}));
}

TEST(Answer, AnAnswerGrowsTooOldByItself) {
  const Result<Answer> answer = parseAnswer({.status = 200, .body = vectorOf(item("web", "1"))}, kNow);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(std::holds_alternative<Number>(readSample(*answer, {}, kNow + 60s)));
  EXPECT_TRUE(std::holds_alternative<Unknown>(readSample(*answer, {}, kNow + 61s)));
}

TEST(Answer, OtherWarningsRideAlong) {
  const api::Sample got = sample(
      R"({"status":"success","warnings":["metric might not be a counter","b"],"data":{"resultType":"vector","result":[)" +
      item("a", "1") + "]}}");
  EXPECT_EQ(got, api::Sample(Number{1, "metric might not be a counter; b"}));
}

TEST(Answer, SumAddsAllSeries) {
  const std::string body = vectorOf(item("a", "1") + "," + item("b", "2.5"));
  EXPECT_EQ(sample(body, {.aggregate = Aggregate::Sum}), api::Sample(Number{3.5}));
  EXPECT_TRUE(std::holds_alternative<Unknown>(
      sample(vectorOf(item("a", "1") + "," + item("b", "NaN")), {.aggregate = Aggregate::Sum})));
  EXPECT_TRUE(std::holds_alternative<Unknown>(
      sample(vectorOf(item("a", "1e308") + "," + item("b", "1e308")), {.aggregate = Aggregate::Sum})));
}

TEST(Answer, SelectPicksOneSeriesOfAGroup) {
  const std::string body = vectorOf(item("a", "1") + "," + item("b", "2"));
  EXPECT_EQ(sample(body, {.select = {{"app", "b"}}}), api::Sample(Number{2}));
  EXPECT_EQ(sample(body, {.select = {{"app", "b"}, {"job", "j"}}}), api::Sample(Number{2}));
  const api::Sample none = sample(body, {.select = {{"app", "c"}}});
  EXPECT_EQ(none, api::Sample(Unknown{"the query gives no series with {app=\"c\"}", true}));
  EXPECT_TRUE(std::holds_alternative<Unknown>(sample(body, {.select = {{"app", "b"}, {"job", "other"}}})));
  EXPECT_TRUE(std::holds_alternative<Unknown>(sample(body, {.select = {{"job", "j"}}}))) << "two of them";
  EXPECT_EQ(sample(body, {.select = {{"job", "j"}}, .aggregate = Aggregate::Sum}), api::Sample(Number{3}));
}

TEST(Answer, ANaNOfAnotherAppIsNotOurs) {
  const std::string body = vectorOf(item("a", "NaN") + "," + item("b", "2"));
  EXPECT_EQ(sample(body, {.select = {{"app", "b"}}}), api::Sample(Number{2}));
}

TEST(Answer, AScalarHasNoLabelsToSelect) {
  const api::Sample got = sample(R"({"status":"success","data":{"resultType":"scalar","result":[1700000000,"3"]}})",
                                 {.select = {{"app", "a"}}});
  EXPECT_THAT(std::get<Unknown>(got).reason, HasSubstr("no labels"));
}

}  // namespace
}  // namespace tidewright::prometheus
