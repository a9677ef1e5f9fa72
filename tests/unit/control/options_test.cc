#include "operator/control/options.h"

#include <cstdio>
#include <fstream>

#include <gmock/gmock.h>

namespace tidewright::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::variant<Options, EarlyExit> parse(std::vector<std::string> arguments) { return parseOptions(arguments); }

Options parsed(std::vector<std::string> arguments) {
  const auto result = parse(std::move(arguments));
  const auto* early = std::get_if<EarlyExit>(&result);
  EXPECT_EQ(early, nullptr) << (early ? early->text : "");
  return early ? Options{} : std::get<Options>(result);
}

EarlyExit refused(std::vector<std::string> arguments) {
  const auto result = parse(std::move(arguments));
  const auto* early = std::get_if<EarlyExit>(&result);
  EXPECT_NE(early, nullptr);
  return early ? *early : EarlyExit{};
}

/// A configuration file that goes with the test.
class File {
 public:
  explicit File(const std::string& text) : path_(testing::TempDir() + "tidewright-options.yaml") {
    std::ofstream(path_) << text;
  }
  ~File() { std::remove(path_.c_str()); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Options, WithoutFlagsLooksAfterAllNamespacesAndElects) {
  const Options options = parsed({});
  EXPECT_TRUE(options.namespaces.empty());
  EXPECT_TRUE(options.leaderElect);
  EXPECT_EQ(options.listenHost, "0.0.0.0");
  EXPECT_EQ(options.listenPort, 8080);
}

TEST(Options, TakesWhatTheDeploymentGives) {
  const Options options = parsed({"--leader-elect", "--lease-namespace=ours", "--listen=0.0.0.0:8081",
                                  "--prometheus-url=http://prometheus.monitoring:9090", "--log-format=json"});
  EXPECT_EQ(options.leaseNamespace, "ours");
  EXPECT_EQ(options.listenPort, 8081);
  EXPECT_EQ(options.prometheusUrl, "http://prometheus.monitoring:9090");
  EXPECT_EQ(options.logFormat, LogFormat::Json);
}

TEST(Options, NamespaceMayBeRepeated) {
  EXPECT_THAT(parsed({"--namespace", "a", "--namespace=b"}).namespaces, ElementsAre("a", "b"));
}

TEST(Options, ElectionCanBeTurnedOff) {
  EXPECT_FALSE(parsed({"--no-leader-elect"}).leaderElect);
  EXPECT_FALSE(parsed({"--leader-elect=false"}).leaderElect);
}

TEST(Options, ListensOnIpv6) {
  const Options options = parsed({"--listen=[::]:9000"});
  EXPECT_EQ(options.listenHost, "[::]");
  EXPECT_EQ(options.listenPort, 9000);
}

struct Bad {
  const char* name;
  std::vector<std::string> arguments;
  const char* says;
};
class Refused : public testing::TestWithParam<Bad> {};
TEST_P(Refused, NamesTheFlag) {
  const EarlyExit exit = refused(GetParam().arguments);
  EXPECT_EQ(exit.code, 2);
  EXPECT_THAT(exit.text, HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(Flags, Refused,
                         testing::Values(Bad{"Unknown", {"--no-such-flag"}, "--no-such-flag"},
                                         Bad{"Positional", {"run"}, "run"},
                                         Bad{"Workers", {"--workers=0"}, "--workers"},
                                         Bad{"Level", {"--log-level=loud"}, "--log-level"},
                                         Bad{"NoPort", {"--listen=localhost"}, "--listen"},
                                         Bad{"PortTooLarge", {"--listen=:70000"}, "--listen"},
                                         Bad{"NoScheme", {"--prometheus-url=prometheus:9090"}, "--prometheus-url"},
                                         Bad{"Concurrency", {"--prometheus-concurrency=0"}, "--prometheus-concurrency"},
                                         Bad{"NoFile", {"--config=/nowhere.yaml"}, "/nowhere.yaml"}),
                         [](const auto& test) { return test.param.name; });

TEST(OptionsFile, GivesWhatTheFlagsDoNot) {
  const File file("workers: 7\nlog-level: debug\nnamespace: [a, b]\nleader-elect: false\n");
  const Options options = parsed({"--config", file.path(), "--workers=3"});
  EXPECT_EQ(options.workers, 3);
  EXPECT_EQ(options.logLevel, LogLevel::Debug);
  EXPECT_THAT(options.namespaces, ElementsAre("a", "b"));
  EXPECT_FALSE(options.leaderElect);
}

TEST(OptionsFile, AnUnknownNameIsRefused) {
  const File file("worker: 7\n");
  const EarlyExit exit = refused({"--config", file.path()});
  EXPECT_EQ(exit.code, 2);
  EXPECT_THAT(exit.text, HasSubstr("worker"));
  EXPECT_THAT(exit.text, HasSubstr("--config"));
}

TEST(OptionsFile, WhatIsNoMapIsRefused) {
  const File file("- 1\n");
  EXPECT_THAT(refused({"--config", file.path()}).text, HasSubstr("map"));
}

TEST(Options, HelpAndVersionEndWell) {
  EXPECT_EQ(refused({"--help"}).code, 0);
  EXPECT_THAT(refused({"--help"}).text, HasSubstr("--prometheus-url"));
  EXPECT_EQ(refused({"--version"}).text, fmt::format("tidewright {}\n", version()));
}

}  // namespace
}  // namespace tidewright::control
