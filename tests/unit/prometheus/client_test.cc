#include "operator/prometheus/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/http/fake_transport.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::prometheus {
namespace {

using namespace std::chrono_literals;
using http::FakeAnswer;
using http::FakeTransport;
using testing::HasSubstr;

const std::string kOne =
    R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1700000000,"1"]}]}})";

TEST(Query, AShortOneIsAGet) {
  const FakeClock clock;
  FakeTransport transport([](const http::Request&) {
    return FakeAnswer{.chunks = {kOne.substr(0, 9), kOne.substr(9)}};
  });
  const auto answer = query(transport, R"(sum(rate(x{app="a b"}[1m])))", 5s, clock, {});
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->series.size(), 1U);
  const http::Request sent = transport.requests().front();
  EXPECT_EQ(sent.method, "GET");
  EXPECT_EQ(sent.target, "/api/v1/query?query=sum%28rate%28x%7Bapp%3D%22a%20b%22%7D%5B1m%5D%29%29&timeout=4500ms");
  EXPECT_EQ(sent.timeout, 5s);
  EXPECT_EQ(sent.total, 5s) << "a server that dribbles holds up nobody";
}

TEST(Query, ALongOneIsAForm) {
  const FakeClock clock;
  FakeTransport transport([](const http::Request&) { return FakeAnswer{.chunks = {kOne}}; });
  ASSERT_TRUE(query(transport, std::string(3000, 'x'), 5s, clock, {}));
  const http::Request sent = transport.requests().front();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.target, "/api/v1/query");
  EXPECT_TRUE(sent.body.starts_with("query=xxx"));
  EXPECT_THAT(sent.body, HasSubstr("&timeout=4500ms"));
}

TEST(Query, FailuresSayWhy) {
  const FakeClock clock;
  Result<FakeAnswer> next = fail(ErrorCode::Timeout, "no answer within 5 s");
  FakeTransport transport([&](const http::Request&) { return next; });
  EXPECT_THAT(query(transport, "x", 5s, clock, {}).error().message(), HasSubstr("no answer within"));
  next = FakeAnswer{.response = {.status = 503, .body = "overloaded"}};
  EXPECT_THAT(query(transport, "x", 5s, clock, {}).error().message(), HasSubstr("HTTP 503"));
}

TEST(Query, AnAnswerWithoutEndIsRefused) {
  const FakeClock clock;
  FakeAnswer endless;
  for (int i = 0; i < 17; ++i) endless.chunks.emplace_back(std::size_t{1024} * 1024, ' ');
  FakeTransport transport([&](const http::Request&) { return endless; });
  EXPECT_THAT(query(transport, "x", 5s, clock, {}).error().message(), HasSubstr("more than 16777216 bytes"));
}

}  // namespace
}  // namespace tidewright::prometheus
