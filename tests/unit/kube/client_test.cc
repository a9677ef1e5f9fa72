#include "operator/kube/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/http/fake_transport.h"
#include "operator/kube/discovery.h"
#include "operator/kube/status_error.h"

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;
using http::FakeAnswer;
using http::FakeTransport;
using http::Request;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const ResourceKind kReplicaSets{.group = "apps", .version = "v1", .plural = "replicasets", .kind = "ReplicaSet"};
const ResourceKind kNodes{.group = "", .version = "v1", .plural = "nodes", .kind = "Node", .namespaced = false};

FakeAnswer answer(int status, const Json& body, http::Headers headers = {}) {
  return {.response = {.status = status, .headers = std::move(headers), .body = body.dump()}};
}
FakeAnswer status(int code, const char* reason, const char* message, http::Headers headers = {}) {
  return answer(code, {{"kind", "Status"}, {"reason", reason}, {"message", message}, {"code", code}}, std::move(headers));
}

/// A client whose waits are written down instead of waited.
struct Fixture {
  explicit Fixture(FakeTransport::Handler handler) : transport(std::move(handler)) {}
  FakeTransport transport;
  std::vector<std::chrono::nanoseconds> waits;
  bool stopWhileWaiting = false;
  Client client{transport,
                {.fieldManager = "tidewright",
                 .random = [] { return 0.5; },
                 .sleep =
                     [this](std::chrono::nanoseconds time, std::stop_token) {
                       waits.push_back(time);
                       return !stopWhileWaiting;
                     }}};
};

TEST(ResourceKindPaths, AreTheApisOwn) {
  EXPECT_EQ(kReplicaSets.collectionPath("default"), "/apis/apps/v1/namespaces/default/replicasets");
  EXPECT_EQ(kReplicaSets.collectionPath(""), "/apis/apps/v1/replicasets");
  EXPECT_EQ(kReplicaSets.objectPath({"ns", "web-1"}, "status"), "/apis/apps/v1/namespaces/ns/replicasets/web-1/status");
  EXPECT_EQ(kNodes.objectPath({"ignored", "n:1"}), "/api/v1/nodes/n%3A1");
  EXPECT_EQ(splitApiVersion("apps/v1"), std::pair(std::string("apps"), std::string("v1")));
  EXPECT_EQ(splitApiVersion("v1"), std::pair(std::string(), std::string("v1")));
}

struct Verb {
  const char* name;
  std::function<Result<Json>(const Client&)> call;
  const char* method;
  const char* target;
  const char* contentType;
};
class Verbs : public testing::TestWithParam<Verb> {};
TEST_P(Verbs, AskForTheRightThing) {
  Fixture f([](const Request&) { return answer(200, {{"kind", "X"}}); });
  const Result<Json> result = GetParam().call(f.client);
  ASSERT_TRUE(result) << result.error().message();
  const std::vector<Request> requests = f.transport.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, GetParam().method);
  EXPECT_EQ(requests[0].target, GetParam().target);
  const http::Response headers{.headers = requests[0].headers};
  EXPECT_EQ(headers.header("Content-Type"), GetParam().contentType);
  EXPECT_EQ(headers.header("Accept"), "application/json");
}
const ObjectKey kWeb{"ns", "web-1"};
const Json kObject{{"metadata", {{"name", "web-1"}}}};
INSTANTIATE_TEST_SUITE_P(
    Each, Verbs,
    testing::Values(
        Verb{"Get", [](const Client& c) { return c.get(kReplicaSets, kWeb, {}); }, "GET",
             "/apis/apps/v1/namespaces/ns/replicasets/web-1", ""},
        Verb{"Create", [](const Client& c) { return c.create(kReplicaSets, "ns", kObject, {}); }, "POST",
             "/apis/apps/v1/namespaces/ns/replicasets?fieldManager=tidewright", "application/json"},
        Verb{"DryRun", [](const Client& c) { return c.create(kReplicaSets, "ns", kObject, {}, {.dryRun = true}); }, "POST",
             "/apis/apps/v1/namespaces/ns/replicasets?fieldManager=tidewright&dryRun=All", "application/json"},
        Verb{"Apply", [](const Client& c) { return c.apply(kReplicaSets, kWeb, kObject, {}); }, "PATCH",
             "/apis/apps/v1/namespaces/ns/replicasets/web-1?fieldManager=tidewright&force=true",
             "application/apply-patch+yaml"},
        Verb{"ApplyWithoutForce", [](const Client& c) { return c.apply(kReplicaSets, kWeb, kObject, {}, {.force = false}); },
             "PATCH", "/apis/apps/v1/namespaces/ns/replicasets/web-1?fieldManager=tidewright",
             "application/apply-patch+yaml"},
        Verb{"PatchStatus", [](const Client& c) { return c.patchStatus(kReplicaSets, kWeb, kObject, {}); }, "PATCH",
             "/apis/apps/v1/namespaces/ns/replicasets/web-1/status?fieldManager=tidewright",
             "application/merge-patch+json"},
        Verb{"UpdateStatus", [](const Client& c) { return c.updateStatus(kReplicaSets, kWeb, kObject, {}); }, "PUT",
             "/apis/apps/v1/namespaces/ns/replicasets/web-1/status?fieldManager=tidewright", "application/json"},
        Verb{"JsonPatch", [](const Client& c) { return c.jsonPatch(kReplicaSets, kWeb, Json::array(), {}); }, "PATCH",
             "/apis/apps/v1/namespaces/ns/replicasets/web-1?fieldManager=tidewright", "application/json-patch+json"}),
    [](const auto& c) { return c.param.name; });

TEST(ClientDelete, CarriesItsPreconditions) {
  Fixture f([](const Request&) { return status(200, "", ""); });
  ASSERT_TRUE(f.client.remove(kReplicaSets, kWeb, {.uid = "u-1", .resourceVersion = "9"}, {}));
  const Json body = Json::parse(f.transport.requests().at(0).body);
  EXPECT_EQ(body["preconditions"], Json({{"uid", "u-1"}, {"resourceVersion", "9"}}));
  EXPECT_EQ(body["propagationPolicy"], "Background");
}

struct Failure {
  int status;
  const char* reason;
  ErrorCode want;
};
class Failures : public testing::TestWithParam<Failure> {};
TEST_P(Failures, AreToldByTheServersOwnWords) {
  Fixture f([](const Request&) { return status(GetParam().status, GetParam().reason, "words of the server"); });
  const Result<Json> got = f.client.get(kReplicaSets, kWeb, {});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), GetParam().want);
  EXPECT_EQ(got.error().message(),
            fmt::format("get replicasets ns/web-1: words of the server ({})", GetParam().reason));
  EXPECT_EQ(f.transport.requests().size(), 1U) << "nothing is retried that the server does not ask for";
}
INSTANTIATE_TEST_SUITE_P(Codes, Failures,
                         testing::Values(Failure{400, "BadRequest", ErrorCode::Invalid},
                                         Failure{401, "Unauthorized", ErrorCode::Unauthorized},
                                         Failure{403, "Forbidden", ErrorCode::Forbidden},
                                         Failure{404, "NotFound", ErrorCode::NotFound},
                                         Failure{409, "AlreadyExists", ErrorCode::AlreadyExists},
                                         Failure{409, "Conflict", ErrorCode::Conflict},
                                         Failure{410, "Expired", ErrorCode::Gone},
                                         Failure{422, "Invalid", ErrorCode::Invalid},
                                         Failure{429, "TooManyRequests", ErrorCode::TooMany},
                                         Failure{500, "InternalError", ErrorCode::Unavailable},
                                         Failure{503, "ServiceUnavailable", ErrorCode::Unavailable}));

TEST(ErrorOf, WhatIsNoStatusIsShownShortAndPrintable) {
  const Error error = errorOf({.status = 502, .body = "<html>\x1b[31m" + std::string(5000, 'x')});
  EXPECT_EQ(error.code(), ErrorCode::Unavailable);
  EXPECT_THAT(error.message(), AllOf(HasSubstr("502"), HasSubstr("<html> [31m")));
  EXPECT_LT(error.message().size(), 300U);
  EXPECT_EQ(errorOf({.status = 302, .body = ""}).code(), ErrorCode::Invalid);
}

TEST(ClientRetries, WaitsAsLongAsAskedAndALittleMore) {
  Fixture f([n = 0](const Request&) mutable {
    return ++n < 3 ? status(n == 1 ? 429 : 503, "TooManyRequests", "busy", {{"Retry-After", n == 1 ? "2" : "0"}})
                   : answer(200, {{"kind", "X"}});
  });
  ASSERT_TRUE(f.client.create(kReplicaSets, "ns", kObject, {}));
  EXPECT_THAT(f.waits, ElementsAre(2500ms, 125ms));
  const auto requests = f.transport.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[2].body, requests[0].body);
}

TEST(ClientRetries, GivesUpInTheEnd) {
  Fixture f([](const Request&) { return status(429, "TooManyRequests", "busy", {{"Retry-After", "1"}}); });
  const Result<Json> got = f.client.get(kReplicaSets, kWeb, {});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), ErrorCode::TooMany);
  EXPECT_EQ(f.transport.requests().size(), 5U);
  EXPECT_EQ(f.waits.size(), 4U);
}

TEST(ClientRetries, ALongWaitIsLeftToTheCaller) {
  Fixture f([](const Request&) { return status(503, "ServiceUnavailable", "down", {{"Retry-After", "3600"}}); });
  EXPECT_EQ(f.client.get(kReplicaSets, kWeb, {}).error().code(), ErrorCode::Unavailable);
  EXPECT_TRUE(f.waits.empty());
}

TEST(ClientRetries, AStopEndsTheWaiting) {
  Fixture f([](const Request&) { return status(429, "TooManyRequests", "busy", {{"Retry-After", "1"}}); });
  f.stopWhileWaiting = true;
  EXPECT_EQ(f.client.get(kReplicaSets, kWeb, {}).error().code(), ErrorCode::Cancelled);
  EXPECT_EQ(f.transport.requests().size(), 1U);
}

TEST(ClientRetries, TheRealSleepHeedsAStop) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(sleepFor(1h, stop.get_token()));
  EXPECT_TRUE(sleepFor(0ns, {}));
}

TEST(ClientCreate, ALostAnswerShowsAsAlreadyExistsAtTheNextTry) {
  bool exists = false;
  Fixture f([&](const Request&) -> Result<FakeAnswer> {
    if (exists) return status(409, "AlreadyExists", "it exists");
    exists = true;
    return fail(ErrorCode::Unavailable, "connection cut before the answer");
  });
  EXPECT_EQ(f.client.create(kReplicaSets, "ns", kObject, {}).error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(f.client.create(kReplicaSets, "ns", kObject, {}).error().code(), ErrorCode::AlreadyExists);
}

TEST(ClientCreate, TextThatIsNotUtf8IsMended) {
  Fixture f([](const Request&) { return answer(200, {{"kind", "X"}}); });
  ASSERT_TRUE(f.client.create(kReplicaSets, "ns", {{"metadata", {{"name", "a\xff"}}}}, {}));
  EXPECT_THAT(f.transport.requests().at(0).body, HasSubstr("\xef\xbf\xbd"));
}

TEST(ClientOwnByApply, PatchesOnceAndOnlyIfNeeded) {
  Fixture f([](const Request&) { return answer(200, {{"kind", "patched"}}); });
  Json object = Json::parse(R"({"metadata": {"name": "web-1", "namespace": "ns", "resourceVersion": "7", "managedFields": [
      {"manager": "tidewright", "operation": "Update", "fieldsV1": {}}]}})");
  EXPECT_EQ((*f.client.ownByApply(kReplicaSets, object, {}))["kind"], "patched");
  EXPECT_THAT(f.transport.requests().at(0).target, HasSubstr("/namespaces/ns/replicasets/web-1"));
  object["metadata"]["managedFields"][0]["operation"] = "Apply";
  EXPECT_EQ(f.client.ownByApply(kReplicaSets, object, {}), object);
  EXPECT_EQ(f.transport.requests().size(), 1U);
}

TEST(ClientList, GoesPageByPage) {
  Fixture f([](const Request& request) {
    if (request.target.find("continue=") == std::string::npos) {
      return answer(200, {{"metadata", {{"resourceVersion", "7"}, {"continue", "a+b"}}}, {"items", {1, 2}}});
    }
    return answer(200, {{"metadata", {{"resourceVersion", "7"}}}, {"items", {3}}});
  });
  const Result<ObjectList> list = f.client.list(kReplicaSets, "", {.labelSelector = "a=b"}, {});
  ASSERT_TRUE(list) << list.error().message();
  EXPECT_THAT(list->items, ElementsAre(1, 2, 3));
  EXPECT_EQ(list->resourceVersion, "7");
  EXPECT_EQ(f.transport.requests().at(1).target,
            "/apis/apps/v1/replicasets?limit=500&continue=a%2Bb&labelSelector=a%3Db");
}

TEST(ClientList, TooOldBetweenPagesIsTakenInOnePiece) {
  Fixture f([](const Request& request) {
    if (request.target.find("continue=") != std::string::npos) return status(410, "Expired", "too old");
    if (request.target.find("limit=") == std::string::npos) {
      return answer(200, {{"metadata", {{"resourceVersion", "9"}}}, {"items", {1, 2, 3}}});
    }
    return answer(200, {{"metadata", {{"resourceVersion", "7"}, {"continue", "x"}}}, {"items", {1}}});
  });
  const Result<ObjectList> list = f.client.list(kReplicaSets, "ns", {}, {});
  ASSERT_TRUE(list) << list.error().message();
  EXPECT_THAT(list->items, ElementsAre(1, 2, 3));
  EXPECT_EQ(list->resourceVersion, "9");
}

TEST(ClientList, OddAnswersAreErrors) {
  for (const char* body : {"", "[]", "{}", "{\"items\": 3}", "<html>"}) {
    Fixture f([&](const Request&) { return FakeAnswer{.response = {.status = 200, .body = body}}; });
    const Result<ObjectList> list = f.client.list(kReplicaSets, "ns", {}, {});
    ASSERT_FALSE(list) << body;
    EXPECT_THAT(list.error().message(), HasSubstr("list replicasets in ns: "));
  }
}

TEST(Discover, FindsPluralScopeAndSubresources) {
  Fixture f([](const Request& request) -> Result<FakeAnswer> {
    if (request.target != "/apis/apps/v1") return status(404, "NotFound", "the server could not find it");
    return answer(200, {{"resources",
                         {{{"name", "deployments/scale"}, {"kind", "Scale"}, {"namespaced", true}},
                          {{"name", "deployments"}, {"kind", "Deployment"}, {"namespaced", true}},
                          {{"name", "deployments/status"}, {"kind", "Deployment"}, {"namespaced", true}}}}});
  });
  const Result<DiscoveredKind> found = discover(f.client, "apps/v1", "Deployment", {});
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->kind.plural, "deployments");
  EXPECT_TRUE(found->kind.namespaced);
  EXPECT_THAT(found->subresources, ElementsAre("scale", "status"));
  EXPECT_THAT(discover(f.client, "apps/v1", "Deploymint", {}).error().message(), HasSubstr("check its spelling"));
  EXPECT_THAT(discover(f.client, "v1", "Pod", {}).error().message(), HasSubstr("check the apiVersion"));
}

}  // namespace
}  // namespace tidewright::kube
