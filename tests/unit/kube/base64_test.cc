#include "operator/kube/base64.h"

#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

TEST(Base64, ThereAndBackForEveryLength) {
  std::string bytes;
  for (int length = 0; length < 300; ++length) {
    EXPECT_EQ(decodeBase64(encodeBase64(bytes)), bytes) << length;
    bytes += static_cast<char>(length * 7);
  }
}

TEST(Base64, TakesLineBreaksAndMissingPadding) {
  EXPECT_EQ(encodeBase64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
  EXPECT_EQ(decodeBase64(" YW55IGNh\ncm5hbCBw\r\nbGVhcw==\n"), "any carnal pleas");
  EXPECT_EQ(decodeBase64("YW55IGNhcm5hbCBwbGVhcw"), "any carnal pleas");
}

TEST(Base64, RefusesTheRestAndShowsNothingOfIt) {
  for (const char* bad : {"a", "ab*d", "YQ=a", "YQ===", "=", "-----BEGIN CERTIFICATE-----"}) {
    const Result<std::string> decoded = decodeBase64(bad);
    ASSERT_FALSE(decoded) << bad;
    EXPECT_EQ(decoded.error().code(), ErrorCode::Invalid);
    EXPECT_EQ(decoded.error().message().find("BEGIN"), std::string::npos);
  }
}

}  // namespace
}  // namespace tidewright::kube
