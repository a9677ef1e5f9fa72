#include "operator/control/metric_servers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/http/fake_transport.h"
#include "operator/kube/base64.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::control {
namespace {

using namespace std::chrono_literals;
using api::Query;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kPem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";

/// A namespace "shop" with Secrets, and servers that remember what they were asked and as whom.
struct World {
  void put(const std::string& name, const SecretData& data) {
    kube::Json encoded = kube::Json::object();
    for (const auto& [key, value] : data) encoded[key] = kube::encodeBase64(value);
    stored[name] = {{"data", encoded}};
  }
  Result<kube::Json> readSecret(const kube::ObjectKey& key) {
    EXPECT_EQ(key.ns, "shop");
    ++reads;
    if (!stored.contains(key.name)) return fail(ErrorCode::NotFound, "not found");
    return stored.at(key.name);
  }
  Result<http::Response> ask(const Query& query) {
    const Result<prometheus::Server> server = servers.find(query, {});
    if (!server) return fail(server.error());
    return server->transport->send({}, {});
  }
  std::string whyNot(const Query& query) {
    const Result<prometheus::Server> server = servers.find(query, {});
    return server ? "" : server.error().message();
  }

  FakeClock clock;
  std::map<std::string, kube::Json> stored;
  int reads = 0;
  http::FakeAnswer answer;
  std::vector<std::pair<std::string, ServerTls>> connections;
  std::string authorization;  ///< Of the last request
  Secrets secrets{[this](const kube::ObjectKey& key, const std::stop_token&) { return readSecret(key); }, clock};
  MetricServers servers{"http://default:9090",
                        [this](const std::string& address, const ServerTls& tls) {
                          connections.emplace_back(address, tls);
                          return std::make_unique<http::FakeTransport>([this](const http::Request& request) {
                            authorization.clear();
                            for (const auto& [name, value] : request.headers) {
                              if (name == "Authorization") authorization = value;
                            }
                            return answer;
                          });
                        },
                        secrets, clock};
};

Query withAuth(const std::string& name) {
  return {.serverAddress = "https://prom", .query = "x", .authRef = {name}, .credentialsNamespace = "shop"};
}

TEST(MetricServers, QueriesOfOneServerShareItsConnection) {
  World w;
  ASSERT_TRUE(w.ask({.query = "x"}));
  ASSERT_TRUE(w.ask({.query = "y", .select = {{"app", "a"}}}));
  ASSERT_TRUE(w.ask({.serverAddress = "http://other", .query = "x"}));
  ASSERT_EQ(w.connections.size(), 2U);
  EXPECT_EQ(w.connections[0].first, "http://default:9090");
  EXPECT_EQ(w.connections[1].first, "http://other");
  EXPECT_EQ(w.reads, 0);
}

TEST(MetricServers, AConnectionThatNobodyUsesIsClosed) {
  World w;
  ASSERT_TRUE(w.ask({.query = "x"}));
  w.clock.advance(11min);
  ASSERT_TRUE(w.ask({.serverAddress = "http://other", .query = "x"}));
  ASSERT_TRUE(w.ask({.query = "x"}));
  EXPECT_EQ(w.connections.size(), 3U);
}

TEST(MetricServers, ATokenIsSentAsBearer) {
  World w;
  w.put("token", {{"token", "s3cret\n"}});
  ASSERT_TRUE(w.ask(withAuth("token")));
  EXPECT_EQ(w.authorization, "Bearer s3cret") << "without the line break that a file brings along";
}

TEST(MetricServers, AUserAndPasswordAreSentAsBasic) {
  World w;
  w.put("basic", {{"username", "ann"}, {"password", "p:w"}});
  ASSERT_TRUE(w.ask(withAuth("basic")));
  EXPECT_EQ(w.authorization, "Basic " + kube::encodeBase64("ann:p:w"));
}

TEST(MetricServers, CertificatesComeFromSecretsAndTheConnectionIsNewWhenTheyChange) {
  World w;
  w.put("ca", {{"ca.crt", kPem}});
  w.put("me", {{"tls.crt", "C"}, {"tls.key", "K"}});
  const Query query{.serverAddress = "https://prom",
                    .query = "x",
                    .tls = {.caRef = {"ca"}, .certRef = {"me"}, .serverName = "prom.local"},
                    .credentialsNamespace = "shop"};
  ASSERT_TRUE(w.ask(query));
  ASSERT_TRUE(w.ask(query));
  ASSERT_EQ(w.connections.size(), 1U);
  EXPECT_EQ(w.connections[0].second,
            (ServerTls{.ca = kPem, .certificate = "C", .key = "K", .serverName = "prom.local"}));
  w.put("me", {{"tls.crt", "C2"}, {"tls.key", "K2"}});
  w.clock.advance(60s);
  ASSERT_TRUE(w.ask(query));
  ASSERT_EQ(w.connections.size(), 2U);
  EXPECT_EQ(w.connections[1].second.certificate, "C2");
}

TEST(MetricServers, ARefusedTokenIsReadAnewAndTheFixedOneIsUsed) {
  World w;
  w.put("token", {{"token", "old"}});
  w.answer.response.status = 401;
  ASSERT_TRUE(w.ask(withAuth("token")));
  w.put("token", {{"token", "new"}});
  w.clock.advance(5s);
  ASSERT_TRUE(w.ask(withAuth("token")));
  EXPECT_EQ(w.authorization, "Bearer new");
  EXPECT_EQ(w.reads, 2);
}

TEST(MetricServers, ARefusalThatRepeatsThePasswordIsNotRepeated) {
  World w;
  w.put("token", {{"token", "s3cret"}});
  w.put("basic", {{"username", "ann"}, {"password", "*"}});
  w.answer.response = {.status = 403, .body = "no access with s3cret, s3cret! *"};
  EXPECT_EQ(w.ask(withAuth("token"))->body, "no access with ***, ***! *");
  EXPECT_EQ(w.ask(withAuth("basic"))->body, "no access with s3cret, s3cret! ***");
  w.answer.response.status = 200;
  EXPECT_EQ(w.ask(withAuth("token"))->body, "no access with ***, ***! *") << "a proxy's page";
  w.answer.response.body =
      R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"app":"s3cret"},"value":[1,"1"]}]}})";
  EXPECT_EQ(w.ask(withAuth("token"))->body, w.answer.response.body) << "a value may look like a password";
  w.answer.response.body = R"({"status":"error","error":"no \"success\" with s3cret"})";
  EXPECT_EQ(w.ask(withAuth("token"))->body, R"({"status":"error","error":"no \"success\" with ***"})");
}

TEST(MetricServers, WhatIsMissingIsNamed) {
  World w;
  EXPECT_EQ(w.whyNot(withAuth("none")), "authRef: Secret none in namespace shop does not exist");
  w.put("empty", {{"other", "x"}});
  EXPECT_EQ(w.whyNot(withAuth("empty")),
            "authRef: Secret empty in namespace shop has no key token, and no keys username and password");
  w.put("half", {{"username", "ann"}});
  EXPECT_EQ(w.whyNot(withAuth("half")), "authRef: Secret half in namespace shop has no key password");
  Query query{
      .serverAddress = "https://prom", .query = "x", .tls = {.caRef = {"empty"}}, .credentialsNamespace = "shop"};
  EXPECT_EQ(w.whyNot(query), "tls.caRef: Secret empty in namespace shop has no key ca.crt");
  query.tls = {.certRef = {"empty"}};
  EXPECT_EQ(w.whyNot(query), "tls.certRef: Secret empty in namespace shop has no key tls.crt");
}

TEST(MetricServers, WhatWasMissingIsSeenSoonAfterItIsAdded) {
  World w;
  w.put("half", {{"username", "ann"}});
  EXPECT_NE(w.whyNot(withAuth("half")), "");
  w.put("half", {{"username", "ann"}, {"password", "x"}});
  w.clock.advance(5s);
  EXPECT_EQ(w.whyNot(withAuth("half")), "");
}

TEST(MetricServers, WhatIsMalformedIsNamedWithoutItsContent) {
  World w;
  w.put("token", {{"token", "hunter2\nX-Evil: 1"}});
  EXPECT_THAT(w.whyNot(withAuth("token")), testing::AllOf(HasSubstr("key token"), Not(HasSubstr("hunter2"))));
  w.put("colon", {{"username", "a:b"}, {"password", "hunter2"}});
  EXPECT_THAT(w.whyNot(withAuth("colon")), testing::AllOf(HasSubstr("key username"), Not(HasSubstr("a:b"))));
  w.put("ca", {{"ca.crt", "hunter2"}});
  const Query query{
      .serverAddress = "https://prom", .query = "x", .tls = {.caRef = {"ca"}}, .credentialsNamespace = "shop"};
  EXPECT_THAT(w.whyNot(query), testing::AllOf(HasSubstr("key ca.crt is not a certificate"), Not(HasSubstr("hunter2"))));
}

TEST(MetricServers, WithoutAnyServerTheSentenceSaysWhereToNameOne) {
  FakeClock clock;
  Secrets secrets([](const auto&, const auto&) { return Result<kube::Json>(kube::Json{}); }, clock);
  MetricServers servers(
      "", [](const auto&, const auto&) { return std::unique_ptr<http::Transport>(); }, secrets, clock);
  EXPECT_THAT(servers.find({.query = "x"}, {}).error().message(), HasSubstr("set serverAddress"));
}

}  // namespace
}  // namespace tidewright::control
