#include "operator/kube/reflector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "operator/http/fake_transport.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;
using http::FakeAnswer;
using http::FakeTransport;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string podJson(const std::string& name, const std::string& version) {
  return R"({"metadata":{"namespace":"d","name":")" + name + R"(","uid":"u-)" + name + R"(","resourceVersion":")" +
         version + R"("}})";
}
std::string event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}
std::string bookmark(const std::string& version, bool end = false) {
  return event("BOOKMARK", R"({"metadata":{"resourceVersion":")" + version + '"' +
                               (end ? R"(,"annotations":{"k8s.io/initial-events-end":"true"})" : "") + "}}");
}
FakeAnswer list(const std::string& version, const std::vector<std::string>& items, const std::string& next = "") {
  std::string body = R"({"metadata":{"resourceVersion":")" + version + R"(","continue":")" + next + R"("},"items":[)";
  for (std::size_t i = 0; i < items.size(); ++i) body += (i == 0 ? "" : ",") + items[i];
  return {.chunks = {body + "]}"}};
}
FakeAnswer status(int code, const std::string& reason) {
  return {.response = {.status = code,
                       .body = R"({"kind":"Status","message":"m","reason":")" + reason + R"(","code":)" +
                               std::to_string(code) + "}"}};
}

/// A reflector of pods with a server that answers from a list of answers.
struct Bench {
  explicit Bench(bool watchList = false) : watchList_(watchList) {
    store.subscribe([this](const Change<Pod>& change) {
      const char* kind = !change.before ? "+" : !change.after ? "-" : "~";
      told.push_back(kind + change.object().meta.name + (change.fromList ? "?" : ""));
    });
  }

  std::chrono::nanoseconds step() { return reflector.step({}); }
  [[nodiscard]] std::string lastTarget() const { return transport.requests().back().target; }

  bool watchList_;
  FakeClock clock;
  std::deque<Result<FakeAnswer>> answers;
  FakeTransport transport{[this](const http::Request&) -> Result<FakeAnswer> {
    if (answers.empty()) return fail(ErrorCode::Unavailable, "the test has no more answers");
    Result<FakeAnswer> answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }};
  Store<Pod> store;
  std::vector<std::string> told, versions, errors;
  StoreFeed<Pod> feed{store, podParser()};
  Reflector reflector{transport,
                      feed,
                      clock,
                      {.path = "/api/v1/pods",
                       .labelSelector = "tidewright.dev/app",
                       .watchList = watchList_,
                       .onVersion = [this](const std::string& v) { versions.push_back(v); },
                       .onError = [this](const Error& e, std::chrono::nanoseconds) { errors.push_back(e.message()); }},
                      [] { return 0.0; }};
};

TEST(Reflector, ListsInPagesThenWatchesFromThere) {
  Bench b;
  b.answers = {list("10", {podJson("a", "1")}, "page/2")};
  b.answers.push_back(list("10", {podJson("b", "2")}));
  EXPECT_FALSE(b.reflector.synced());
  EXPECT_EQ(b.step(), 0ns);
  EXPECT_TRUE(b.reflector.synced());
  EXPECT_THAT(b.told, ElementsAre("+a?", "+b?"));
  EXPECT_THAT(b.transport.requests()[0].target, HasSubstr("limit=500"));
  EXPECT_THAT(b.transport.requests()[0].target, HasSubstr("labelSelector=tidewright.dev%2Fapp"));
  EXPECT_THAT(b.transport.requests()[1].target, HasSubstr("continue=page%2F2"));
  b.answers.push_back(FakeAnswer{.chunks = {event("MODIFIED", podJson("a", "11")), event("DELETED", podJson("b", "12")),
                                            event("ADDED", podJson("c", "13"))}});
  b.step();
  EXPECT_THAT(b.lastTarget(), HasSubstr("resourceVersion=10"));
  EXPECT_THAT(b.lastTarget(), HasSubstr("timeoutSeconds=290"));
  EXPECT_THAT(b.lastTarget(), HasSubstr("allowWatchBookmarks=true"));
  EXPECT_EQ(b.transport.requests().back().timeout, 295s);
  EXPECT_THAT(b.told, ElementsAre("+a?", "+b?", "~a", "-b", "+c"));
  EXPECT_THAT(b.versions, ElementsAre("10", "11", "12", "13"));
  b.step();
  EXPECT_THAT(b.lastTarget(), HasSubstr("resourceVersion=13"));
}

TEST(Reflector, BookmarksMoveTheVersionOnAndTellNobody) {
  Bench b;
  b.answers = {list("10", {})};
  b.answers.push_back(FakeAnswer{.chunks = {bookmark("500")}});
  b.step();
  b.step();
  b.step();
  EXPECT_THAT(b.lastTarget(), HasSubstr("resourceVersion=500"));
  EXPECT_THAT(b.told, IsEmpty());
  EXPECT_THAT(b.versions, ElementsAre("10", "500"));
}

TEST(Reflector, EventsInOneBytePiecesAndOfSeveralMegabytesArrive) {
  Bench b;
  b.answers = {list("10", {})};
  b.step();
  FakeAnswer bytes;
  for (const char c : event("ADDED", podJson("a", "11"))) bytes.chunks.emplace_back(1, c);
  std::string big = podJson("big", "12");
  big.insert(big.size() - 1, R"(,"status":{"message":")" + std::string(3'000'000, 'x') + "\"}");
  bytes.chunks.push_back(event("ADDED", big));
  b.answers.push_back(bytes);
  b.step();
  EXPECT_THAT(b.told, ElementsAre("+a", "+big"));
}

TEST(Reflector, GoneAsStatusListsAgainAndAMissedDeleteBecomesOne) {
  Bench b;
  b.answers = {list("10", {podJson("a", "1"), podJson("b", "2")})};
  b.answers.push_back(status(410, "Expired"));
  b.answers.push_back(list("90", {podJson("a", "1"), podJson("c", "80")}));
  for (int i = 0; i < 3; ++i) b.step();
  EXPECT_THAT(b.told, ElementsAre("+a?", "+b?", "+c?", "-b?"));
  b.step();
  EXPECT_THAT(b.lastTarget(), HasSubstr("resourceVersion=90"));
}

TEST(Reflector, GoneAsAnEventInsideA200ListsAgain) {
  Bench b;
  b.answers = {list("10", {podJson("a", "1")})};
  b.answers.push_back(FakeAnswer{
      .chunks = {R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}})"
                 "\n"}});
  b.answers.push_back(list("90", {}));
  b.step();
  EXPECT_GT(b.step(), 0ns);
  b.step();
  EXPECT_THAT(b.told, ElementsAre("+a?", "-a?"));
}

TEST(Reflector, ALostWatchContinuesWithoutAList) {
  Bench b;
  b.answers = {list("10", {})};
  b.answers.push_back(FakeAnswer{.chunks = {event("ADDED", podJson("a", "11")), R"({"type":"ADD)"},
                                 .ending = Error(ErrorCode::Unavailable, "reset by peer")});
  b.answers.push_back(FakeAnswer{.chunks = {event("ADDED", podJson("b", "12"))}});
  b.step();
  EXPECT_EQ(b.step(), 800ms);
  b.step();
  EXPECT_THAT(b.lastTarget(), HasSubstr("resourceVersion=11"));
  EXPECT_THAT(b.told, ElementsAre("+a", "+b"));
  EXPECT_THAT(b.errors[0], HasSubstr("/api/v1/pods: reset by peer"));
}

TEST(Reflector, PagesThatExpireAreReadInOnePiece) {
  Bench b;
  b.answers = {list("10", {podJson("a", "1")}, "token")};
  b.answers.push_back(status(410, "Expired"));
  b.answers.push_back(list("11", {podJson("a", "1"), podJson("b", "2")}));
  b.step();
  EXPECT_FALSE(b.reflector.synced());
  b.step();
  EXPECT_THAT(b.lastTarget(), Not(HasSubstr("limit")));
  EXPECT_THAT(b.told, ElementsAre("+a?", "+b?"));
  EXPECT_TRUE(b.reflector.synced());
}

TEST(Reflector, AListCutShortDeletesNothing) {
  Bench b;
  b.answers = {list("10", {podJson("a", "1"), podJson("b", "2")})};
  b.answers.push_back(status(410, "Expired"));
  b.answers.push_back(FakeAnswer{.chunks = {R"({"metadata":{"resourceVersion":"20"},"items":[)" + podJson("a", "1")}});
  for (int i = 0; i < 3; ++i) b.step();
  EXPECT_EQ(b.store.size(), 2U);
}

TEST(Reflector, AWatchListNeedsNoList) {
  Bench b(true);
  b.answers.push_back(FakeAnswer{.chunks = {event("ADDED", podJson("a", "1")), event("ADDED", podJson("b", "2")),
                                            bookmark("40", true), event("MODIFIED", podJson("a", "41"))}});
  b.step();
  EXPECT_THAT(b.lastTarget(), HasSubstr("sendInitialEvents=true"));
  EXPECT_THAT(b.lastTarget(), HasSubstr("resourceVersionMatch=NotOlderThan"));
  EXPECT_TRUE(b.reflector.synced());
  EXPECT_THAT(b.told, ElementsAre("+a?", "+b?", "~a"));
  EXPECT_THAT(b.versions, ElementsAre("40", "41"));
  b.step();
  EXPECT_THAT(b.lastTarget(), HasSubstr("resourceVersion=41"));
}

TEST(Reflector, AWatchListCutInTheMiddleBeginsAgain) {
  Bench b(true);
  b.answers.push_back(
      FakeAnswer{.chunks = {event("ADDED", podJson("a", "1"))}, .ending = Error(ErrorCode::Unavailable, "reset")});
  b.answers.push_back(FakeAnswer{.chunks = {event("ADDED", podJson("b", "2")), bookmark("40", true)}});
  b.step();
  EXPECT_FALSE(b.reflector.synced());
  EXPECT_THAT(b.versions, IsEmpty());
  b.step();
  EXPECT_THAT(b.lastTarget(), HasSubstr("sendInitialEvents"));
  EXPECT_THAT(b.told, ElementsAre("+a?", "+b?", "-a?"));
}

TEST(Reflector, AServerWithoutWatchListIsListed) {
  Bench b(true);
  b.answers.push_back(status(422, "Invalid"));
  b.answers.push_back(list("10", {podJson("a", "1")}));
  EXPECT_EQ(b.step(), 0ns);
  b.step();
  EXPECT_THAT(b.told, ElementsAre("+a?"));
}

TEST(Reflector, AnObjectThatCannotBeReadKeepsItsLastStateAndStopsNothing) {
  FakeClock clock;
  Store<Pod> store;
  const Parse<Pod> parse = [good = podParser()](std::string_view json) -> Result<Pod> {
    if (json.contains("bad")) return fail(ErrorCode::Invalid, "spec.replicas: -1");
    return good(json);
  };
  StoreFeed<Pod> feed(store, parse);
  std::deque<FakeAnswer> answers{
      list("1", {podJson("a", "1")}), status(410, "Expired"),
      list("5", {R"({"metadata":{"namespace":"d","name":"a","resourceVersion":"4","uid":"bad"}})", podJson("b", "3")})};
  FakeTransport transport([&](const http::Request&) -> Result<FakeAnswer> {
    FakeAnswer answer = answers.front();
    answers.pop_front();
    return answer;
  });
  std::vector<std::string> errors;
  Reflector reflector(transport, feed, clock,
                      {.path = "/x", .watchList = false, .onError = [&](const Error& e, std::chrono::nanoseconds) {
                         errors.push_back(e.message());
                       }});
  for (int i = 0; i < 3; ++i) reflector.step({});
  EXPECT_EQ(store.size(), 2U);
  EXPECT_EQ(store.get("d", "a")->meta.resourceVersion, "1");
  EXPECT_THAT(errors.back(), HasSubstr("spec.replicas"));
}

TEST(Reflector, KnowsHowLongItHasHeardNothing) {
  Bench b;
  b.clock.advance(10s);
  EXPECT_EQ(b.reflector.lastHeardAge(), 10s);
  b.answers.push_back(list("10", {}));
  b.step();
  EXPECT_EQ(b.reflector.lastHeardAge(), 0s);
  b.clock.advance(300s);
  b.answers.push_back(fail(ErrorCode::Timeout, "silent for 295 s"));
  b.step();
  EXPECT_EQ(b.reflector.lastHeardAge(), 300s) << "a black hole is not heard of";
}

TEST(Reflector, RelistBeginsAgain) {
  Bench b;
  b.answers.push_back(list("10", {podJson("a", "1")}));
  b.step();
  b.reflector.relist();
  b.answers.push_back(list("20", {}));
  b.step();
  EXPECT_THAT(b.lastTarget(), HasSubstr("limit=500"));
  EXPECT_EQ(b.store.size(), 0U);
}

TEST(Reflector, AListThatBeganBeforeIsNotTheOneThatWasAskedFor) {
  Bench b;
  std::stop_source stop;
  stop.request_stop();
  std::uint64_t ticket = 0;
  b.answers.push_back(list("10", {podJson("a", "1")}));
  b.store.subscribe([&](const Change<Pod>&) { ticket = b.reflector.relist(); });
  b.step();
  ASSERT_EQ(ticket, 1U);
  EXPECT_TRUE(b.reflector.synced());
  EXPECT_FALSE(b.reflector.waitForList(ticket, stop.get_token()));
  b.answers.push_back(list("20", {podJson("a", "1")}));
  b.step();
  EXPECT_TRUE(b.reflector.waitForList(ticket, stop.get_token()));
}

TEST(Reflector, ItsThreadFollowsTheWatchAndEndsWhenTold) {
  FakeClock clock;
  Store<Pod> store;
  StoreFeed<Pod> feed(store, podParser());
  FakeTransport transport([](const http::Request& request) -> Result<FakeAnswer> {
    if (!request.target.contains("watch=1")) return list("10", {podJson("a", "1")});
    return FakeAnswer{.chunks = {event("ADDED", podJson("b", "11"))}, .stayOpen = true};
  });
  Reflector reflector(transport, feed, clock, {.path = "/api/v1/pods", .watchList = false});
  reflector.start();
  EXPECT_TRUE(reflector.waitForSync({}));
  while (store.size() < 2) std::this_thread::yield();
  reflector.relist();
  while (transport.requests().size() < 4) std::this_thread::yield();
  reflector.stop();
  EXPECT_GE(transport.requests().size(), 4U) << "list, watch, list, watch";
}

TEST(Reflector, WaitingForSyncEndsWhenStopped) {
  Bench b;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(b.reflector.waitForSync(stop.get_token()));
}

}  // namespace
}  // namespace tidewright::kube
