#include "operator/result.h"

#include <gtest/gtest.h>

namespace tidewright {
namespace {

Result<int> parsePort(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::Invalid, "is empty; write a port from 1 to {}", 65535);
  return 80;
}

TEST(Error, TellsTheWayFromTheOutsideIn) {
  const Result<int> port = parsePort("");
  ASSERT_FALSE(port);
  const Error error = port.error().in("ports[{}]", 2).in("service web");
  EXPECT_EQ(error.message(), "service web: ports[2]: is empty; write a port from 1 to 65535");
  EXPECT_EQ(error.code(), ErrorCode::Invalid);
}

TEST(ErrorCode, HasTheNameItIsWrittenWith) {
  EXPECT_EQ(toString(ErrorCode::Gone), "Gone");
  EXPECT_EQ(toString(ErrorCode::TooMany), "TooMany");
}

}  // namespace
}  // namespace tidewright
