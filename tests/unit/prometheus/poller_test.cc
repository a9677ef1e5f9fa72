#include "operator/prometheus/poller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "operator/http/fake_transport.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::prometheus {
namespace {

using namespace std::chrono_literals;
using api::Number;
using api::Query;
using api::Unknown;
using http::FakeAnswer;
using http::FakeTransport;
using testing::HasSubstr;

std::string body(WallTime at, const std::string& value) {
  const std::string seconds =
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count());
  const auto item = [&](const char* app, const std::string& v) {
    return std::string(R"({"metric":{"app":")") + app + R"("},"value":[)" + seconds + ",\"" + v + "\"]}";
  };
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + item("a", value) + "," + item("b", "7") +
         "]}}";
}

struct Bench {
  int pollAll() {
    int asked = 0;
    while (poller.step({})) ++asked;
    return asked;
  }

  FakeClock clock;
  std::string value = "1";
  bool broken = false;
  std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>([this](const http::Request&) {
    return broken ? Result<FakeAnswer>(fail(ErrorCode::Unavailable, "connection refused"))
                  : Result<FakeAnswer>(FakeAnswer{.chunks = {body(clock.wall(), value)}});
  });
  int observed = 0, failures = 0;
  Poller poller{[this](const Query&, const std::stop_token&) -> Result<Server> {
                  return Server{transport, "http://prom:9090"};
                },
                clock,
                {},
                [this](const std::string&, const Error* error, std::chrono::nanoseconds) {
                  ++observed;
                  failures += error != nullptr ? 1 : 0;
                }};
  const Query a{.query = "sum by (app) (x)", .select = {{"app", "a"}}};
  const Query b{.query = "sum by (app) (x)", .select = {{"app", "b"}}};
};

TEST(Poller, OneRequestATickHoweverManyShareIt) {
  Bench t;
  std::vector<std::unique_ptr<Subscription>> apps;
  int told = 0;
  for (int i = 0; i < 1000; ++i) apps.push_back(t.poller.subscribe(i % 2 == 0 ? t.a : t.b, 15s, [&] { ++told; }));
  EXPECT_EQ(t.pollAll(), 1);
  EXPECT_EQ(told, 1000);
  EXPECT_EQ(t.poller.read(t.a).sample, api::Sample(Number{1}));
  EXPECT_EQ(t.poller.read(t.b).sample, api::Sample(Number{7}));
  EXPECT_EQ(t.poller.read(t.a).evaluatedAt, t.clock.wall());
  t.clock.advance(15s);
  EXPECT_EQ(t.pollAll(), 1);
}

TEST(Poller, BeforeTheFirstAnswerTheValueIsUnknown) {
  Bench t;
  const auto subscription = t.poller.subscribe(t.a, 15s, [] {});
  EXPECT_EQ(t.poller.read(t.a).sample, api::Sample(Unknown{"not asked yet"}));
  EXPECT_EQ(t.poller.read(t.a).answeredAt, std::nullopt);
}

TEST(Poller, AFailureIsUnknownAtOnceAndTold) {
  Bench t;
  int told = 0;
  const auto subscription = t.poller.subscribe(t.a, 15s, [&] { ++told; });
  t.pollAll();
  t.broken = true;
  t.clock.advance(15s);
  t.pollAll();
  EXPECT_EQ(told, 2);
  EXPECT_EQ(t.failures, 1);
  const Reading reading = t.poller.read(t.a);
  EXPECT_THAT(std::get<Unknown>(reading.sample).reason, HasSubstr("http://prom:9090: connection refused"));
  EXPECT_EQ(reading.evaluatedAt, std::nullopt);
  EXPECT_EQ(reading.answeredAt, t.clock.wall());
  EXPECT_EQ(reading.failure, ErrorCode::Unavailable);
  t.broken = false;
  t.clock.advance(15s);
  t.pollAll();
  EXPECT_EQ(t.poller.read(t.a).sample, api::Sample(Number{1}));
}

TEST(Poller, AnAnswerThatIsNotRenewedGrowsTooOld) {
  Bench t;
  const auto subscription = t.poller.subscribe(t.a, 15s, [] {});
  t.pollAll();
  t.clock.advance(61s);
  EXPECT_THAT(std::get<Unknown>(t.poller.read(t.a).sample).reason, HasSubstr("more than 60s ago"));
}

TEST(Poller, AServerThatDoesNotAnswerIsLeftAloneForAWhile) {
  Bench t;
  const auto subscription = t.poller.subscribe(t.a, 1s, [] {});
  t.broken = true;
  for (int tick = 0; tick < 5; ++tick, t.clock.advance(1s)) t.pollAll();
  EXPECT_EQ(t.transport->requests().size(), 5U);
  t.pollAll();
  t.clock.advance(1s);
  t.pollAll();
  EXPECT_EQ(t.transport->requests().size(), 5U) << "nobody is asked, and nobody waits";
  EXPECT_EQ(t.observed, 5);
  EXPECT_THAT(std::get<Unknown>(t.poller.read(t.a).sample).reason,
              testing::MatchesRegex("http://prom:9090: connection refused; left alone until 2026-11-21T00:00:..Z, "
                                    "after 5 failures in a row"));
  t.broken = false;
  for (int tick = 0; tick < 5; ++tick, t.clock.advance(1s)) t.pollAll();
  EXPECT_EQ(t.poller.read(t.a).sample, api::Sample(Number{1}));
}

TEST(Poller, AnotherTenantsTroubleWithAServerIsNotOurs) {
  FakeClock clock;
  auto good = std::make_shared<FakeTransport>(
      [&](const http::Request&) { return FakeAnswer{.chunks = {body(clock.wall(), "1")}}; });
  auto bad = std::make_shared<FakeTransport>(
      [&](const http::Request&) -> Result<FakeAnswer> { return fail(ErrorCode::Unavailable, "TLS handshake failed"); });
  Poller poller(
      [&](const Query& q, const std::stop_token&) -> Result<Server> {
        return Server{q.authRef.name.empty() ? good : bad, "https://prom"};
      },
      clock);
  const Query ours{.query = "x", .select = {{"app", "a"}}};
  const Query theirs{.query = "x", .authRef = {"wrong"}, .credentialsNamespace = "them"};
  const auto one = poller.subscribe(ours, 1s, [] {}), two = poller.subscribe(theirs, 1s, [] {});
  for (int tick = 0; tick < 20; ++tick, clock.advance(1s)) {
    while (poller.step({})) {
    }
  }
  EXPECT_GE(good->requests().size(), 19U);
  EXPECT_LE(bad->requests().size(), 8U);
}

TEST(Poller, AQueryThatTheServerRefusesIsNoReasonToLeaveTheServerAlone) {
  FakeClock clock;
  auto transport = std::make_shared<FakeTransport>([&](const http::Request&) {
    return FakeAnswer{
        .response = {.status = 503, .body = R"({"status":"error","errorType":"timeout","error":"query timed out"})"}};
  });
  Poller poller([&](const Query&, const std::stop_token&) -> Result<Server> { return Server{transport, "p"}; }, clock);
  const auto subscription = poller.subscribe({.query = "slow"}, 1s, [] {});
  for (int tick = 0; tick < 20; ++tick, clock.advance(1s)) {
    while (poller.step({})) {
    }
  }
  EXPECT_GE(transport->requests().size(), 19U);
}

TEST(Poller, NobodyAsksNothingIsPolled) {
  Bench t;
  auto first = t.poller.subscribe(t.a, 15s, [] {});
  auto second = t.poller.subscribe(t.b, 15s, [] {});
  t.pollAll();
  first.reset();
  t.clock.advance(15s);
  EXPECT_EQ(t.pollAll(), 1);
  second.reset();
  t.clock.advance(1h);
  EXPECT_EQ(t.pollAll(), 0);
  EXPECT_EQ(t.poller.read(t.b).sample, api::Sample(Unknown{"not asked yet"}));
}

TEST(Poller, TheQuickestSubscriberSetsThePace) {
  Bench t;
  const auto slow = t.poller.subscribe(t.a, 60s, [] {});
  auto quick = t.poller.subscribe(t.b, 5s, [] {});
  int asked = 0;
  for (int second = 0; second < 60; ++second, t.clock.advance(1s)) asked += t.pollAll();
  EXPECT_TRUE(asked == 12 || asked == 13) << asked;
  quick.reset();
  asked = 0;
  for (int second = 0; second < 120; ++second, t.clock.advance(1s)) asked += t.pollAll();
  EXPECT_LE(asked, 3);
}

TEST(Poller, OneServerThatIsNotThereIsNoAnswerForItsQueriesOnly) {
  FakeClock clock;
  auto transport = std::make_shared<FakeTransport>(
      [&](const http::Request&) { return FakeAnswer{.chunks = {body(clock.wall(), "1")}}; });
  Poller poller(
      [&](const Query& q, const std::stop_token&) -> Result<Server> {
        if (!q.serverAddress.empty()) return fail(ErrorCode::Invalid, "serverAddress: no scheme");
        return Server{transport, "http://prom:9090"};
      },
      clock);
  const Query good{.query = "x", .select = {{"app", "a"}}}, bad{.serverAddress = "prom", .query = "x"};
  const auto one = poller.subscribe(good, 15s, [] {}), two = poller.subscribe(bad, 15s, [] {});
  while (poller.step({})) {
  }
  EXPECT_EQ(poller.read(good).sample, api::Sample(Number{1}));
  EXPECT_THAT(std::get<Unknown>(poller.read(bad).sample).reason, HasSubstr("no scheme"));
}

TEST(Poller, NoMoreRequestsAreInFlightThanConfigured) {
  const SystemClock clock;
  std::atomic<int> inFlight = 0, most = 0, answered = 0;
  auto transport = std::make_shared<FakeTransport>([&](const http::Request&) {
    const int now = ++inFlight;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    // Until the others have come as well, or it is clear that there are no others.
    for (int i = 0; i < 1000 && inFlight < 3; ++i) std::this_thread::yield();
    --inFlight;
    return FakeAnswer{.chunks = {body(clock.wall(), "1")}};
  });
  Poller poller(
      [&](const Query&, const std::stop_token&) -> Result<Server> {
        return Server{transport, "p"};
      },
      clock, {.perServer = 3});
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  for (int i = 0; i < 200; ++i) {
    subscriptions.push_back(poller.subscribe({.query = "q" + std::to_string(i)}, 60s, [&] { ++answered; }));
  }
  poller.start();
  while (answered < 200) std::this_thread::yield();
  poller.stop();
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 2);
}

TEST(Poller, AServerThatHangsTakesItsOwnTurnsOnly) {
  const SystemClock clock;
  std::atomic<int> hanging = 0, answered = 0;
  std::atomic<bool> release = false;
  auto slow = std::make_shared<FakeTransport>([&](const http::Request&) {
    ++hanging;
    while (!release) std::this_thread::yield();
    return FakeAnswer{.chunks = {body(clock.wall(), "1")}};
  });
  auto quick = std::make_shared<FakeTransport>(
      [&](const http::Request&) { return FakeAnswer{.chunks = {body(clock.wall(), "1")}}; });
  Poller poller(
      [&](const Query& query, const std::stop_token&) -> Result<Server> {
        if (query.serverAddress == "slow") return Server{slow, "http://slow:9090"};
        return Server{quick, "http://quick:9090"};
      },
      clock, {.perServer = 2, .inFlight = 4});
  std::vector<std::unique_ptr<Subscription>> subscriptions;
  for (int i = 0; i < 20; ++i) {
    const std::string text = "q" + std::to_string(i);
    subscriptions.push_back(poller.subscribe({.serverAddress = "slow", .query = text}, 60s, [] {}));
    subscriptions.push_back(poller.subscribe({.serverAddress = "quick", .query = text}, 60s, [&] { ++answered; }));
  }
  poller.start();
  while (answered < 20 || hanging < 2) std::this_thread::yield();
  EXPECT_EQ(hanging, 2);
  EXPECT_EQ(poller.servers()["http://slow:9090"].inFlight, 2);
  EXPECT_EQ(poller.servers()["http://quick:9090"].inFlight, 0);
  release = true;
  poller.stop();
}

TEST(Poller, ItSaysHowItStandsWithAServerUntilNobodyAsksItAnyMore) {
  Bench t;
  auto subscription = t.poller.subscribe(t.a, 1s, [] {});
  t.pollAll();
  EXPECT_EQ(t.poller.servers()["http://prom:9090"].breaker, 0);
  t.broken = true;
  for (int tick = 0; tick < 5; ++tick) {
    t.clock.advance(1s);
    t.pollAll();
  }
  EXPECT_EQ(t.poller.servers()["http://prom:9090"].breaker, 2);
  subscription.reset();
  t.clock.advance(3h);
  EXPECT_TRUE(t.poller.servers().empty());
}

TEST(Poller, ItsThreadsAskAndSubscribersMayReadAndLeaveMeanwhile) {
  const SystemClock clock;
  auto transport = std::make_shared<FakeTransport>(
      [&](const http::Request&) { return FakeAnswer{.chunks = {body(clock.wall(), "1")}}; });
  Poller poller([&](const Query&, const std::stop_token&) -> Result<Server> { return Server{transport, "p"}; }, clock);
  poller.start();
  std::atomic<int> told = 0;
  for (int i = 0; i < 50; ++i) {
    const int before = told;
    const Query query{.query = "q" + std::to_string(i), .select = {{"app", "a"}}};
    const auto subscription = poller.subscribe(query, 1s, [&] { ++told; });
    while (told == before) std::this_thread::yield();
    EXPECT_EQ(poller.read(query).sample, api::Sample(Number{1}));
  }
  poller.stop();
}

}  // namespace
}  // namespace tidewright::prometheus
