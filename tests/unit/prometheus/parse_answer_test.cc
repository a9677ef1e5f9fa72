#include "operator/prometheus/parse_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::prometheus {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const WallTime kNow{1'700'000'000s};

Result<Answer> parse(std::string body, int status = 200, http::Headers headers = {}) {
  return parseAnswer({.status = status, .headers = std::move(headers), .body = std::move(body)}, kNow);
}

struct Fault {
  const char* name;
  int status;
  const char* body;
  ErrorCode code;
};
class Blame : public testing::TestWithParam<Fault> {};
TEST_P(Blame, IsSaidByTheCode) {
  const Result<Answer> answer = parse(GetParam().body, GetParam().status);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), GetParam().code) << answer.error().message();
}
constexpr const char* kTooSlow = R"({"status":"error","errorType":"timeout","error":"query timed out"})";
constexpr const char* kStarting = R"({"status":"error","errorType":"unavailable","error":"not ready"})";
INSTANTIATE_TEST_SUITE_P(Answers, Blame,
                         testing::Values(Fault{"Proxy", 502, "<html>bad gateway", ErrorCode::Unavailable},
                                         Fault{"Starting", 503, "Service Unavailable", ErrorCode::Unavailable},
                                         Fault{"StartingInItsOwnForm", 503, kStarting, ErrorCode::Unavailable},
                                         Fault{"StartingWith200", 200, kStarting, ErrorCode::Unavailable},
                                         Fault{"SlowQuery", 503, kTooSlow, ErrorCode::Invalid},
                                         Fault{"SlowQueryWith200", 200, kTooSlow, ErrorCode::Invalid},
                                         Fault{"Patience", 429, "", ErrorCode::TooMany},
                                         Fault{"NotKnown", 401, "", ErrorCode::Unauthorized},
                                         Fault{"NotAllowed", 403, "", ErrorCode::Forbidden},
                                         Fault{"WrongPath", 404, "", ErrorCode::Invalid},
                                         Fault{"Login", 200, "<html>", ErrorCode::NotFound}),
                         [](const auto& c) { return c.param.name; });

TEST(ParseAnswer, ARedirectSaysWhereItLeadsAndKeepsTheRest) {
  const auto message = [](const char* location) { return parse("", 302, {{"location", location}}).error().message(); };
  const std::string other = message("https://sso.example.com/login/realm?state=s3cret#token");
  EXPECT_THAT(other,
              HasSubstr("HTTP 302: it redirects to https://sso.example.com:443, which nobody has said to trust"));
  EXPECT_THAT(other, HasSubstr("serverAddress"));
  EXPECT_THAT(other, Not(HasSubstr("s3cret")));
  EXPECT_THAT(message("https://user:pa55@sso.example.com/"), Not(HasSubstr("pa55")));
  EXPECT_THAT(message("/login?state=s3cret"), HasSubstr("another path of the same server"));
  EXPECT_THAT(message("javascript:alert(1)"), HasSubstr("an address that is not said"));
}

TEST(ParseAnswer, AStrangersTextIsCutToOneLineOfPlainCharacters) {
  const std::string message =
      parse(R"({"status":"error","errorType":"bad_data","error":"a\nbé)" + std::string(100'000, 'x') + "\"}")
          .error()
          .message();
  EXPECT_THAT(message, HasSubstr("bad_data: a b??xxx"));
  EXPECT_LT(message.size(), 400U);
  EXPECT_THAT(parse("\xff\xfe\x01<html>").error().message(), HasSubstr("\"?? <html>\""));
}

TEST(ParseAnswer, ManyWarningsAreCut) {
  std::string warnings;
  for (int i = 0; i < 10'000; ++i) warnings += std::string(i == 0 ? "" : ",") + "\"PromQL info\"";
  const Result<Answer> answer = parse(R"({"status":"success","warnings":[)" + warnings +
                                      R"(,"partial"],"data":{"resultType":"scalar","result":[1,"2"]}})");
  ASSERT_TRUE(answer);
  EXPECT_LT(answer->warnings.size(), 1000U);
  EXPECT_TRUE(answer->partial) << "also of what is not shown";
}

TEST(ParseAnswer, TheOrderOfTheKeysDoesNotMatter) {
  const Result<Answer> answer = parse(
      R"({"data":{"result":[{"value":[1700000000,"1"],"metric":{"app":"a"}}],"resultType":"vector"},"status":"success"})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->series.at(0).labels.at("app"), "a");
  EXPECT_EQ(answer->series.at(0).value, 1);
}

TEST(ParseAnswer, WhatItDoesNotKnowIsSkippedHoweverDeep) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  const Result<Answer> answer = parse(
      R"({"status":"success","infos":)" + deep + R"(,"data":{"stats":{"result":[{"value":[1,"9"]}]},)" +
      R"("resultType":"vector","result":[{"metric":{},"exemplar":{"value":[1,"8"]},"value":[1700000000,"1"]}]}})");
  ASSERT_TRUE(answer) << answer.error().message();
  ASSERT_EQ(answer->series.size(), 1U);
  EXPECT_EQ(answer->series.at(0).value, 1);
}

TEST(ParseAnswer, AResultOfADifferentShapeIsNoNumber) {
  for (const char* result : {R"("vector","result":[1700000000,"3"])", R"("vector","result":[[1700000000,"3"]])",
                             R"("vector","result":{"value":[1,"2"]})", R"("vector")", R"("vector","result":[null])",
                             R"("vector","result":[{"value":[1,"2","3"]}])", R"("vector","result":[{"value":["2",1]}])",
                             R"("vector","result":[{"value":[1,2]}])", R"("vector","result":[{"value":[1e300,"2"]}])",
                             R"("vector","result":[{"value":[-1,"2"]}])", R"("vector","result":[{"value":[1,["2"]]}])",
                             R"("scalar","result":[{"value":[1,"2"]}])", R"("scalar","result":[1])",
                             R"("scalar","result":[1,"2 "])", R"("scalar","result":[1,"2",{}])"}) {
    EXPECT_FALSE(parse(R"({"status":"success","data":{"resultType":)" + std::string(result) + "}}")) << result;
  }
}

TEST(ParseAnswer, TheOldestSeriesSpeaksForTheAnswersAge) {
  const Result<Answer> answer = parse(
      R"({"status":"success","data":{"resultType":"vector","result":[{"value":[1700000000,"1"]},{"value":[1699999000,"2"]},{"value":[1700000000,"3"]}]}})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->evaluatedAt, kNow - 1000s);
}

TEST(ParseAnswer, MoreSeriesThanAnybodyNeedsAreRefused) {
  std::string items = R"({"value":[1,"1"]})";
  std::string all = items;
  for (std::size_t i = 1; i < kMostSeries; ++i) all += "," + items;
  const auto whole = [](const std::string& series) {
    return R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}";
  };
  EXPECT_TRUE(parse(whole(all)));
  EXPECT_THAT(parse(whole(all + "," + items)).error().message(), HasSubstr("more than 50000 series; let the query"));
  std::string labels = R"("a":"")";
  for (std::size_t i = 0; i < kMostLabels; ++i) labels += R"(,"a":"")";
  EXPECT_THAT(parse(whole(R"({"metric":{)" + labels + "}}")).error().message(), HasSubstr("labels"));
}

}  // namespace
}  // namespace tidewright::prometheus
