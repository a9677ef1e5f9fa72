#include "operator/kube/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "operator/http/fake_transport.h"
#include "operator/kube/authenticating_transport.h"
#include "operator/kube/counting_transport.h"
#include "operator/kube/exec_credentials.h"
#include "tests/unit/kube/fake_clock.h"
#include "tests/unit/kube/temporary_folder.h"

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(TokenFileCredentials, AreReadAnewAfterAMinute) {
  const TemporaryFolder folder;
  FakeClock clock;
  TokenFile source(folder.write("token", "one\n"), "", clock);
  EXPECT_EQ(source.current({})->token, "one");
  folder.write("token", "two");
  clock.advance(59s);
  EXPECT_EQ(source.current({})->token, "one");
  clock.advance(1s);
  EXPECT_EQ(source.current({})->token, "two");
}

TEST(TokenFileCredentials, ARefusalLooksAtOnceButOnlyForTheTokenInUse) {
  const TemporaryFolder folder;
  FakeClock clock;
  TokenFile source(folder.write("token", "one"), "", clock);
  EXPECT_EQ(source.current({})->token, "one");
  folder.write("token", "two");
  EXPECT_TRUE(source.refused("an older one"));
  EXPECT_EQ(source.current({})->token, "one");
  EXPECT_TRUE(source.refused("one"));
  EXPECT_EQ(source.current({})->token, "two");
}

TEST(TokenFileCredentials, TheLastGoodOneCountsWhileTheFileIsAway) {
  const TemporaryFolder folder;
  FakeClock clock;
  const std::string path = folder.path("token");
  TokenFile source(path, "", clock);
  const Result<Credential> none = source.current({});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message(), HasSubstr(path));
  folder.write("token", "one");
  EXPECT_EQ(source.current({})->token, "one");
  std::filesystem::remove(path);
  clock.advance(2min);
  EXPECT_EQ(source.current({})->token, "one");
  EXPECT_EQ(TokenFile(path, "fallback", clock).current({})->token, "fallback");
}

TEST(StaticCredentialsFiles, AreReadAtEachCall) {
  const TemporaryFolder folder;
  StaticCredentials source("", {.file = folder.write("crt", "c1")}, {.text = "key"});
  EXPECT_EQ(source.current({})->certificate->certificate, "c1");
  folder.write("crt", "c2");
  EXPECT_EQ(source.current({})->certificate->certificate, "c2");
  EXPECT_EQ(source.current({})->certificate->key, "key");
}

constexpr const char* kVersion = "client.authentication.k8s.io/v1";
std::string printed(const std::string& status) {
  return fmt::format(R"({{"apiVersion": "{}", "kind": "ExecCredential", "status": {}}})", kVersion, status);
}

TEST(ExecCredentialParsing, TakesTokensCertificatesAndExpiry) {
  const Result<ExecCredential> token =
      parseExecCredential(printed(R"({"token": "t", "expirationTimestamp": "2026-11-21T01:00:00Z"})"), kVersion);
  ASSERT_TRUE(token) << token.error().message();
  EXPECT_EQ(token->credential.token, "t");
  EXPECT_EQ(token->expires, FakeClock().wall() + 1h);
  const Result<ExecCredential> zone =
      parseExecCredential(printed(R"({"token": "t", "expirationTimestamp": "2026-11-21T03:00:00.5+02:00"})"), kVersion);
  ASSERT_TRUE(zone) << zone.error().message();
  EXPECT_EQ(zone->expires, FakeClock().wall() + 1h + 500ms);
  const Result<ExecCredential> certificate =
      parseExecCredential(printed(R"({"clientCertificateData": "c", "clientKeyData": "k"})"), kVersion);
  ASSERT_TRUE(certificate) << certificate.error().message();
  EXPECT_EQ(certificate->credential.certificate->key, "k");
}

TEST(ExecCredentialParsing, RefusesTheRestWithoutShowingIt) {
  const std::string cases[] = {"", "[]", "s3cret", R"({"kind": "Secret"})",
                               R"({"kind": "ExecCredential", "apiVersion": "v9"})",
                               printed("{}"), printed("null"), printed(R"({"token": ["s3cret"]})"),
                               printed(R"({"clientKeyData": "s3cret"})"),
                               printed(R"({"token": "s3cret", "expirationTimestamp": "tomorrow"})")};
  for (const std::string& text : cases) {
    const Result<ExecCredential> got = parseExecCredential(text, kVersion);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code(), ErrorCode::Invalid);
    EXPECT_THAT(got.error().message(), Not(HasSubstr("s3cret")));
  }
}

struct Plugin {
  int runs = 0;
  Command last;
  std::string expires = "2026-11-21T01:00:00Z";
  std::optional<Error> error;
  FakeClock clock;
  Access access{.server = {.scheme = "https", .host = "h", .port = 1}, .certificateAuthority = {.text = "pem"}};
  ExecCredentials source{
      ExecPlugin{.apiVersion = kVersion, .command = "login", .args = {"-x"}, .installHint = "get it", .provideClusterInfo = true},
      access, clock, [this](const Command& command, std::stop_token) -> Result<std::string> {
        last = command;
        ++runs;
        if (error) return fail(*error);
        return printed(fmt::format(R"({{"token": "t{}", "expirationTimestamp": "{}"}})", runs, expires));
      }};
};

TEST(ExecCredentialsSource, RunsThePluginOnceUntilItExpires) {
  Plugin plugin;
  EXPECT_EQ(plugin.source.current({})->token, "t1");
  plugin.clock.advance(59min);
  EXPECT_EQ(plugin.source.current({})->token, "t1");
  plugin.clock.advance(50s);
  EXPECT_EQ(plugin.source.current({})->token, "t2") << "ten seconds before the end it is renewed";
  EXPECT_EQ(plugin.runs, 2);
}

TEST(ExecCredentialsSource, ARefusedTokenIsRenewedOnce) {
  Plugin plugin;
  EXPECT_EQ(plugin.source.current({})->token, "t1");
  EXPECT_TRUE(plugin.source.refused("t1"));
  EXPECT_EQ(plugin.source.current({})->token, "t2");
  EXPECT_TRUE(plugin.source.refused("t1")) << "the others had the same token";
  EXPECT_EQ(plugin.source.current({})->token, "t2");
}

TEST(ExecCredentialsSource, TellsThePluginWhatItNeeds) {
  Plugin plugin;
  ASSERT_TRUE(plugin.source.current({}));
  ASSERT_EQ(plugin.last.env.back().first, "KUBERNETES_EXEC_INFO");
  const nlohmann::json info = nlohmann::json::parse(plugin.last.env.back().second);
  EXPECT_EQ(info["apiVersion"], kVersion);
  EXPECT_EQ(info["spec"]["interactive"], false);
  EXPECT_EQ(info["spec"]["cluster"]["server"], "https://h:1");
  EXPECT_EQ(info["spec"]["cluster"]["certificate-authority-data"], "cGVt");
}

TEST(ExecCredentialsSource, AMissingPluginShowsItsHint) {
  Plugin plugin;
  plugin.error = Error(ErrorCode::NotFound, "cannot run login");
  const Result<Credential> got = plugin.source.current({});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message(), "credential plugin login: cannot run login; get it");
  plugin.error.reset();
  EXPECT_TRUE(plugin.source.current({}));
}

TEST(ExecCredentialsSource, ManyThreadsWaitForOneRun) {
  Plugin plugin;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { EXPECT_EQ(plugin.source.current({})->token, "t1"); });
  threads.clear();
  EXPECT_EQ(plugin.runs, 1);
}

TEST(Subprocess, GivesOutputAndTakesEnvironment) {
  const Result<std::string> output =
      run({.program = "sh", .args = {"-c", "printf '%s %s' \"$GREETING\" \"$1\"; cat", "-", "you"}, .env = {{"GREETING", "hello"}}},
          10s, {});
  ASSERT_TRUE(output) << output.error().message();
  EXPECT_EQ(*output, "hello you");
}

TEST(Subprocess, FailuresAreToldApart) {
  EXPECT_EQ(run({.program = "no-such-program-anywhere"}, 10s, {}).error().code(), ErrorCode::NotFound);
  const Result<std::string> failed = run({.program = "sh", .args = {"-c", "echo s3cret; exit 3"}}, 10s, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(failed.error().message(), AllOf(HasSubstr("status 3"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(run({.program = "sh", .args = {"-c", "kill -9 $$"}}, 10s, {}).error().message(), HasSubstr("signal 9"));
  EXPECT_EQ(run({.program = "sh", .args = {"-c", "sleep 100"}}, 1ms, {}).error().code(), ErrorCode::Timeout);
  EXPECT_THAT(run({.program = "sh", .args = {"-c", "yes"}}, 10s, {}).error().message(), HasSubstr("1 MiB"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(run({.program = "sh", .args = {"-c", "sleep 100"}}, 10s, stop.get_token()).error().code(),
            ErrorCode::Cancelled);
}

struct Rotating final : CredentialSource {
  Result<Credential> current(std::stop_token) override {
    if (error) return fail(*error);
    return Credential{.token = token};
  }
  bool refused(const std::string& old) override {
    refusals.push_back(old);
    token = next;
    return !next.empty();
  }
  std::string token = "old";
  std::string next;
  std::optional<Error> error;
  std::vector<std::string> refusals;
};

struct Authenticating {
  Authenticating() {
    auto fake = std::make_unique<http::FakeTransport>([](const http::Request& request) -> Result<http::FakeAnswer> {
      const http::Response headers{.headers = request.headers};
      if (headers.header("Authorization") == "Bearer good") return http::FakeAnswer{.chunks = {"fine"}};
      return http::FakeAnswer{.response = {.status = 401, .body = "no"}};
    });
    inner = fake.get();
    transport = std::make_unique<AuthenticatingTransport>(std::move(fake), source, http::Headers{{"User-Agent", "tw"}});
  }
  std::shared_ptr<Rotating> source = std::make_shared<Rotating>();
  http::FakeTransport* inner = nullptr;
  std::unique_ptr<AuthenticatingTransport> transport;
};

TEST(AuthenticatingTransport, AddsTheTokenAndItsHeaders) {
  Authenticating a;
  a.source->token = "good";
  EXPECT_EQ(a.transport->send({.headers = {{"X", "y"}}}, {})->body, "fine");
  EXPECT_THAT(a.inner->requests().at(0).headers,
              ElementsAre(testing::Pair("X", "y"), testing::Pair("User-Agent", "tw"),
                          testing::Pair("Authorization", "Bearer good")));
}

TEST(AuthenticatingTransport, AsksOnceMoreWithANewerToken) {
  Authenticating a;
  a.source->next = "good";
  EXPECT_EQ(a.transport->send({}, {})->status, 200);
  EXPECT_THAT(a.source->refusals, ElementsAre("old"));
  a.source->token = "old";
  struct Text final : http::ByteSink {
    Result<void> write(std::string_view bytes) override {
      text += bytes;
      return {};
    }
    std::string text;
  } sink;
  EXPECT_EQ(a.transport->stream({}, sink, {})->status, 200);
  EXPECT_EQ(sink.text, "fine");
}

TEST(AuthenticatingTransport, ButNotForEver) {
  Authenticating a;
  EXPECT_EQ(a.transport->send({}, {})->status, 401);
  EXPECT_EQ(a.inner->requests().size(), 1U);
  a.source->next = "also bad";
  EXPECT_EQ(a.transport->send({}, {})->status, 401);
  EXPECT_EQ(a.inner->requests().size(), 3U);
  a.source->error = Error(ErrorCode::Unavailable, "no credential");
  EXPECT_EQ(a.transport->send({}, {}).error().message(), "no credential");
}

TEST(CountingTransport, CountsAnswersErrorsAndWatches) {
  FakeClock clock;
  std::vector<std::string> seen;
  CountingTransport transport(std::make_unique<http::FakeTransport>([&](const http::Request& request) -> Result<http::FakeAnswer> {
                                clock.advance(2ms);
                                if (request.method == "PUT") return fail(ErrorCode::Unavailable, "cut");
                                return http::FakeAnswer{.response = {.status = 404}};
                              }),
                              [&](std::string_view method, std::string_view code, std::chrono::nanoseconds took) {
                                seen.push_back(fmt::format("{} {} {}", method, code, took / 1ms));
                              },
                              clock);
  EXPECT_TRUE(transport.send({}, {}));
  EXPECT_FALSE(transport.send({.method = "PUT"}, {}));
  EXPECT_THAT(seen, ElementsAre("GET 404 2", "PUT <error> 2"));
}

}  // namespace
}  // namespace tidewright::kube
