#include "operator/http/system_trust.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace tidewright::http {
namespace {

TEST(SystemTrust, IsHiddenFromTheLibraryAndNotFromProgramsThatWeStart) {
  const char* before = std::getenv("SSL_CERT_FILE");
  const std::string chosen = before == nullptr || std::string_view(before) == "/dev/null" ? "" : before;
  hideSystemTrust();
  EXPECT_STREQ(std::getenv("SSL_CERT_FILE"), "/dev/null");
  EXPECT_NE(systemTrustFile(), "/dev/null");
  EXPECT_TRUE(chosen.empty() || systemTrustFile() == chosen) << systemTrustFile();
  EXPECT_EQ(unhidden("PATH=/bin"), "PATH=/bin");
  const std::string own = unhidden("SSL_CERT_FILE=/dev/null");
  EXPECT_TRUE(own.empty() || own == "SSL_CERT_FILE=" + systemTrustFile()) << own;
}

}  // namespace
}  // namespace tidewright::http
