#include "operator/http/fake_transport.h"

#include <gtest/gtest.h>

#include <thread>

namespace tidewright::http {
namespace {

struct TextSink final : ByteSink {
  Result<void> write(std::string_view bytes) override {
    text += std::string(bytes) + "|";
    return {};
  }
  std::string text;
};

TEST(FakeTransport, StreamsChunksAndRemembersRequests) {
  FakeTransport fake([](const Request&) { return FakeAnswer{.response = {.status = 200}, .chunks = {"a", "b"}}; });
  TextSink sink;
  ASSERT_TRUE(fake.stream({.target = "/x"}, sink, {}));
  EXPECT_EQ(sink.text, "a|b|");
  EXPECT_EQ(fake.send({.target = "/y"}, {})->body, "ab");
  ASSERT_EQ(fake.requests().size(), 2U);
  EXPECT_EQ(fake.requests()[1].target, "/y");
}

TEST(FakeTransport, KeepsTheContractForErrorsAndStops) {
  FakeTransport fake([](const Request& request) -> Result<FakeAnswer> {
    if (request.target == "/gone") return FakeAnswer{.response = {.status = 410, .body = "old"}};
    if (request.target == "/cut") return FakeAnswer{.chunks = {"x"}, .ending = Error(ErrorCode::Unavailable, "cut")};
    return FakeAnswer{.chunks = {"x"}, .stayOpen = true};
  });
  TextSink sink;
  EXPECT_EQ(fake.stream({.target = "/gone"}, sink, {})->body, "old");
  EXPECT_EQ(sink.text, "");
  EXPECT_EQ(fake.stream({.target = "/cut"}, sink, {}).error().code(), ErrorCode::Unavailable);
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(fake.stream({.target = "/open"}, sink, stop.get_token()).error().code(), ErrorCode::Cancelled);
}

}  // namespace
}  // namespace tidewright::http
