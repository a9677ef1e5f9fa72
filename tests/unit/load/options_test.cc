#include "tests/load/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::load {
namespace {

ParsedOptions parse(std::vector<const char*> flags) {
  flags.insert(flags.begin(), "openload");
  return parseOptions(static_cast<int>(flags.size()), flags.data());
}

TEST(Url, TakesAddressPortAndPath) {
  const auto url = parseUrl("http://10.0.0.1:8080/work?ms=5");
  ASSERT_TRUE(url) << url.error().message();
  EXPECT_EQ(url->address, "10.0.0.1");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->path, "/work?ms=5");
  EXPECT_EQ(parseUrl("http://10.0.0.1")->path, "/");
  EXPECT_EQ(parseUrl("http://[::1]:81/")->address, "::1");
  for (const char* wrong : {"", "10.0.0.1", "https://10.0.0.1/", "http://name/", "http://10.0.0.1:0/",
                            "http://10.0.0.1:65536/", "http://10.0.0.999/", "http://10.0.0.1/a b"}) {
    EXPECT_FALSE(parseUrl(wrong)) << wrong;
  }
}

TEST(LoadOptions, AreRead) {
  const ParsedOptions open =
      parse({"--url=http://1.2.3.4/", "--rate=12.5", "--seconds=3", "--connections=keep-alive", "--wait-seconds=1.5"});
  ASSERT_FALSE(open.leave) << open.leave->message;
  EXPECT_EQ(open.options.rate, 12.5);
  EXPECT_EQ(open.options.waitSeconds, 1.5);
  EXPECT_EQ(open.options.connections, Connections::KeepAlive);
  EXPECT_EQ(parse({"--url=http://1.2.3.4/", "--rate=max", "--requests=3"}).options.rate, std::nullopt);
}

TEST(LoadOptions, BadUseIsTwo) {
  const std::vector<std::vector<const char*>> cases{
      {},
      {"--rate=1", "--seconds=1"},
      {"--url=http://1.2.3.4/", "--rate=1"},
      {"--url=http://1.2.3.4/", "--rate=1", "--seconds=1", "--requests=1"},
      {"--url=http://1.2.3.4/", "--rate=0", "--seconds=1"},
      {"--url=http://1.2.3.4/", "--rate=nan", "--seconds=1"},
      {"--url=http://1.2.3.4/", "--rate=1", "--seconds=-1"},
      {"--url=ftp://1.2.3.4/", "--rate=1", "--seconds=1"},
      {"--url=http://1.2.3.4/", "--rate=1", "--seconds=1", "--connections=some"},
      {"--url=http://1.2.3.4/", "--rate=1", "--seconds=1", "--wait-seconds=-1"},
      {"--url=http://1.2.3.4/", "--rate=1", "--seconds=1", "--bogus"}};
  for (const auto& flags : cases) {
    const ParsedOptions parsed = parse(flags);
    ASSERT_TRUE(parsed.leave) << testing::PrintToString(flags);
    EXPECT_EQ(parsed.leave->exitCode, 2) << testing::PrintToString(flags);
  }
}

}  // namespace
}  // namespace tidewright::load
