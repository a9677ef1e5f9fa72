#include "operator/kube/leader_election.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "operator/http/fake_transport.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;
using http::FakeAnswer;
using http::FakeTransport;
using testing::ElementsAre;

FakeAnswer status(int code, const std::string& reason) {
  return {.response = {.status = code,
                       .body = R"({"kind":"Status","message":"m","reason":")" + reason + R"(","code":)" +
                               std::to_string(code) + "}"}};
}

/// One Lease with the API server's optimistic locking.
struct LeaseServer {
  Json lease;
  int version = 0;

  Result<FakeAnswer> answer(const http::Request& request) {
    if (request.method == "GET") {
      if (lease.is_null()) return status(404, "NotFound");
      return FakeAnswer{.response = {.status = 200, .body = lease.dump()}};
    }
    if (request.method == "POST") {
      if (!lease.is_null()) return status(409, "AlreadyExists");
    } else {
      if (lease.is_null()) return status(404, "NotFound");
      if (Json::parse(request.body)["metadata"]["resourceVersion"] != lease["metadata"]["resourceVersion"]) {
        return status(409, "Conflict");
      }
    }
    lease = Json::parse(request.body);
    lease["metadata"]["resourceVersion"] = std::to_string(++version);
    return FakeAnswer{.response = {.status = request.method == "POST" ? 201 : 200, .body = lease.dump()}};
  }
  [[nodiscard]] std::string holder() const { return lease.is_null() ? "" : lease["spec"]["holderIdentity"]; }
};

struct Elector {
  Elector(LeaseServer& to, std::string identity)
      : server(to), transport([this](const http::Request& r) { return through(r); }) {
    election.emplace(transport, clock, ObjectKey{"system", "lock"}, LeaseConfig{.identity = std::move(identity)},
                     LeaderCallbacks{.onLeading = [this] { heard.emplace_back("leading"); },
                                     .onLost = [this](const std::string& why) { heard.push_back(why); }},
                     [] { return 0.5; });
  }
  Result<FakeAnswer> through(const http::Request& request) {
    if (cut) return fail(ErrorCode::Unavailable, "no route");
    Result<FakeAnswer> answer = server.answer(request);
    if (loseAnswers) return fail(ErrorCode::Timeout, "the answer was lost");
    return answer;
  }

  LeaseServer& server;
  FakeClock clock;
  bool cut = false, loseAnswers = false;
  std::vector<std::string> heard;
  FakeTransport transport;
  std::optional<LeaderElection> election;
};

TEST(LeaderElection, TheFirstMakesTheLeaseAndLeads) {
  LeaseServer server;
  Elector a(server, "a");
  EXPECT_EQ(a.election->step({}), 2s);
  EXPECT_TRUE(a.election->isLeading());
  EXPECT_THAT(a.heard, ElementsAre("leading"));
  EXPECT_EQ(server.holder(), "a");
  EXPECT_EQ(server.lease["spec"]["leaseDurationSeconds"], 15);
  EXPECT_EQ(server.lease["spec"]["renewTime"], "2026-11-21T00:00:00.000000Z");
}

TEST(LeaderElection, RenewalsKeepItAndTheSecondWaits) {
  LeaseServer server;
  Elector a(server, "a"), b(server, "b");
  for (int i = 0; i < 60; ++i) {
    a.election->step({});
    b.election->step({});
    a.clock.advance(2s);
    b.clock.advance(2s);
  }
  EXPECT_TRUE(a.election->isLeading());
  EXPECT_FALSE(b.election->isLeading());
  EXPECT_THAT(b.heard, ElementsAre());
}

TEST(LeaderElection, ReleasedOnStopTheStandbyTakesOverAtItsNextLook) {
  LeaseServer server;
  Elector a(server, "a"), b(server, "b");
  a.election->step({});
  b.election->step({});
  a.election->release();
  EXPECT_FALSE(a.election->isLeading());
  b.clock.advance(2s);
  b.election->step({});
  EXPECT_TRUE(b.election->isLeading());
  EXPECT_EQ(server.lease["spec"]["leaseTransitions"], 1);
  EXPECT_EQ(server.lease["spec"]["leaseDurationSeconds"], 15);
}

TEST(LeaderElection, ReleasedAlsoAfterARenewalWhoseAnswerNobodyWaitedFor) {
  LeaseServer server;
  Elector a(server, "a"), b(server, "b");
  a.election->step({});
  b.election->step({});
  a.loseAnswers = true;
  a.clock.advance(2s);
  a.election->step({});
  a.loseAnswers = false;
  a.election->release();
  EXPECT_EQ(server.holder(), "");
  b.clock.advance(2s);
  b.election->step({});
  EXPECT_TRUE(b.election->isLeading());
}

TEST(LeaderElection, ReleasingLeavesTheLeaseOfAnotherAlone) {
  LeaseServer server;
  Elector a(server, "a");
  a.election->step({});
  server.lease["spec"]["holderIdentity"] = "b";
  server.lease["metadata"]["resourceVersion"] = std::to_string(++server.version);
  a.election->release();
  EXPECT_EQ(server.holder(), "b");
}

TEST(LeaderElection, ALeaderWithoutAnswersStopsAtTheDeadlineBeforeAnotherLeads) {
  LeaseServer server;
  Elector a(server, "a"), b(server, "b");
  a.election->step({});
  b.election->step({});
  a.cut = true;
  for (int second = 1; second <= 20; ++second) {
    a.clock.advance(1s);
    b.clock.advance(1s);
    a.election->step({});
    b.election->step({});
    EXPECT_EQ(a.election->isLeading(), second < 10) << second;
    EXPECT_EQ(b.election->isLeading(), second >= 15) << second;
  }
  EXPECT_THAT(a.heard, ElementsAre("leading", "not renewed in time"));
}

TEST(LeaderElection, AProcessPausedPastTheLeaseWritesNothingAfterIt) {
  LeaseServer server;
  Elector a(server, "a");
  a.election->step({});
  a.clock.advance(10s);  // no step in between: it was stopped
  EXPECT_FALSE(a.election->isLeading());
  a.election->step({});
  EXPECT_THAT(a.heard, ElementsAre("leading", "not renewed in time"));
  EXPECT_EQ(server.version, 1);
}

TEST(LeaderElection, ALostAnswerOfARenewalIsNoLoss) {
  LeaseServer server;
  Elector a(server, "a");
  a.election->step({});
  a.loseAnswers = true;
  a.clock.advance(2s);
  a.election->step({});
  a.loseAnswers = false;
  a.clock.advance(2s);
  a.election->step({});  // conflict with our own write, then a look at it
  EXPECT_TRUE(a.election->isLeading());
  a.clock.advance(2s);
  a.election->step({});
  a.clock.advance(9s);
  EXPECT_TRUE(a.election->isLeading());
}

TEST(LeaderElection, ALeaseTakenByHandIsLostAtTheNextRenewal) {
  LeaseServer server;
  Elector a(server, "a");
  a.election->step({});
  server.lease["spec"]["holderIdentity"] = "somebody";
  server.lease["metadata"]["resourceVersion"] = "99";
  a.clock.advance(2s);
  a.election->step({});
  EXPECT_THAT(a.heard, ElementsAre("leading", "taken by \"somebody\""));
}

TEST(LeaderElection, WithSkewedClocksPausesAndLostAnswersThereAreNeverTwoWhoMayWrite) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const auto chance = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
    LeaseServer server;
    std::vector<std::unique_ptr<Elector>> electors;
    std::vector<int> speed, pausedFor(3, 0), nextStep(3, 0);
    const auto join = [&](int i) {
      auto elector = std::make_unique<Elector>(server, std::to_string(i) + "-" + std::to_string(random()));
      elector->clock.advance(std::chrono::seconds(random() % 100'000));  // what a clock says does not matter
      return elector;
    };
    for (int i = 0; i < 3; ++i) {
      electors.push_back(join(i));
      speed.push_back(90 + static_cast<int>(random() % 21));  // nor that it is 10 % too quick or too slow
    }
    int led = 0;
    for (int tick = 0; tick < 4000; ++tick) {  // of 100 ms
      int writers = 0;
      for (std::size_t i = 0; i < electors.size(); ++i) {
        Elector& e = *electors[i];
        e.clock.advance(std::chrono::milliseconds(speed[i]));
        writers += e.election->isLeading() ? 1 : 0;
        if (chance(1) && chance(20)) pausedFor[i] = static_cast<int>(random() % 400);
        if (chance(1)) e.cut = chance(30);
        e.loseAnswers = chance(10);
        if (pausedFor[i]-- > 0 || tick < nextStep[i]) continue;
        nextStep[i] = tick + static_cast<int>(e.election->step({}) / 100ms);
        if (!e.heard.empty() && e.heard.back() != "leading") electors[i] = join(static_cast<int>(i));  // restarted
      }
      ASSERT_LE(writers, 1) << "seed " << seed << " tick " << tick;
      led += writers;
    }
    EXPECT_GT(led, 500) << "seed " << seed;
  }
}

TEST(LeaderElection, ItsThreadLeadsAndGivesTheLeaseBack) {
  LeaseServer server;
  const SystemClock clock;
  FakeTransport transport([&](const http::Request& r) { return server.answer(r); });
  LeaderElection election(transport, clock, {"system", "lock"}, {.identity = "a"}, {});
  election.start();
  while (!election.isLeading()) std::this_thread::yield();
  election.stop();
  EXPECT_EQ(server.holder(), "");
  EXPECT_FALSE(election.isLeading());
}

}  // namespace
}  // namespace tidewright::kube
