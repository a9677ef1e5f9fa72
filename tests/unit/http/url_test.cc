#include "operator/http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::http {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ParseUrl, TakesAddressesApart) {
  EXPECT_EQ(parseUrl("https://10.0.0.1:6443"), (Url{.scheme = "https", .host = "10.0.0.1", .port = 6443}));
  EXPECT_EQ(parseUrl("HTTPS://rancher.test/k8s/clusters/c-1/"),
            (Url{.scheme = "https", .host = "rancher.test", .port = 443, .path = "/k8s/clusters/c-1"}));
  EXPECT_EQ(parseUrl("http://[fd00::1]:80/"), (Url{.scheme = "http", .host = "fd00::1", .port = 80}));
  EXPECT_EQ(parseUrl("http://me:p%40ss@proxy:3128"),
            (Url{.scheme = "http", .host = "proxy", .port = 3128, .user = "me", .password = "p@ss"}));
}

TEST(ParseUrl, PrintsWithoutThePassword) {
  EXPECT_EQ(parseUrl("http://me:secret@proxy:3128/x")->toString(), "http://proxy:3128/x");
  EXPECT_EQ(parseUrl("https://[::1]:6443")->toString(), "https://[::1]:6443");
}

struct Case {
  const char* name;
  const char* text;
  const char* advice;
};
class BadUrl : public testing::TestWithParam<Case> {};
TEST_P(BadUrl, SaysWhatToWriteInstead) {
  const Result<Url> url = parseUrl(GetParam().text);
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(url.error().message(), HasSubstr(GetParam().advice));
  EXPECT_THAT(url.error().message(), Not(HasSubstr("secret")));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, BadUrl,
    testing::Values(Case{"NoScheme", "10.0.0.1:6443", "write https://10.0.0.1:6443"},
                    Case{"NoSchemeButAPassword", "me:secret@host", "begin it with https://"},
                    Case{"OtherScheme", "socks5://h", "write http:// or https://"},
                    Case{"NoHost", "https://", "no host"}, Case{"OnlyAPort", "https://:6443", "no host"},
                    Case{"PortZero", "https://h:0", "1 to 65535"},
                    Case{"PortTooLarge", "https://h:65536", "1 to 65535"},
                    Case{"PortText", "https://h:x", "1 to 65535"}, Case{"BareIpv6", "https://::1", "[::1]"},
                    Case{"OpenBracket", "https://[::1", "closing bracket"}, Case{"Query", "https://h/?a=b", "no query"},
                    Case{"Space", "https://h /", "space"}, Case{"BadPercent", "http://me:secret%@h", "%25"},
                    Case{"Empty", "", "scheme"}),
    [](const auto& c) { return c.param.name; });

TEST(PercentEncoding, ThereAndBack) {
  std::string every;
  for (int c = 0; c < 256; ++c) every += static_cast<char>(c);
  EXPECT_EQ(percentDecode(percentEncode(every)), every);
  EXPECT_EQ(percentEncode("a-b._~/ =\xc3\xa4"), "a-b._~%2F%20%3D%C3%A4");
  for (const char* bad : {"%", "%4", "%4g", "x%%41"}) EXPECT_FALSE(percentDecode(bad)) << bad;
}

TEST(WithQuery, KeepsOrderAndWhatIsThere) {
  EXPECT_EQ(withQuery("/p", {}), "/p");
  EXPECT_EQ(withQuery("/p", {{"b", "x=y,z"}, {"a", ""}}), "/p?b=x%3Dy%2Cz&a=");
  EXPECT_EQ(withQuery("/p?c=1", {{"a", "2"}}), "/p?c=1&a=2");
}

}  // namespace
}  // namespace tidewright::http
