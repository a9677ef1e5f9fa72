#include "operator/control/gateway_route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/control/shop.h"

namespace tidewright::control {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

json routed(const char* image) {
  return {{"replicas", 2},
          {"template", {{"spec", {{"containers", {{{"name", "web"}, {"image", image}}}}}}}},
          {"service", {{"ports", {{{"port", 80}}}}}},
          {"availability", {{"podDisruptionBudget", false}}},
          {"rollout",
           {{"strategy", "Canary"},
            {"canary", {{"gatewayRoute", {{"name", "web"}}}}},
            {"steps", {{{"setWeight", 50}}, {{"pause", json::object()}}}}}}};
}

json httpRoute(int stable, int canary) {
  const json backends =
      json::array({{{"name", "web-stable"}, {"weight", stable}}, {{"name", "web-canary"}, {"weight", canary}}});
  return {{"metadata", {{"name", "web"}, {"namespace", "shop"}, {"resourceVersion", "9"}}},
          {"spec", {{"rules", json::array({{{"backendRefs", backends}}})}}}};
}

/// An app that runs one revision, and is asked for another.
struct Routed : Shop {
  Routed() {
    run(routed("web:1"));
    app(routed("web:2"));
  }
  void run(const json& spec) {
    const std::string revision = replicaSet(2, 2, spec["template"]);
    for (const char* name : {"web", "web-stable", "web-canary"}) {
      kube::Service service;
      service.meta.ns = "shop";
      service.meta.name = name;
      service.meta.uid = name;
      service.meta.resourceVersion = "50";
      service.meta.owner = {"u-1", "ScaledApp", "web"};
      service.selector = {{"tidewright.dev/app", "web"}};
      if (service.meta.name != "web") service.selector.emplace_back("tidewright.dev/revision", revision);
      caches().services.put(std::move(service));
    }
  }
  void look() {
    holdsLists = true;
    EXPECT_TRUE(reconcile());
    holdsLists = false;
    EXPECT_TRUE(caches().waitForList(kRouteCache, {}));
    clear();
    EXPECT_TRUE(reconcile());
  }
};

TEST(GatewayRoute, TheWeightIsTakenBeforeThereIsACanary) {
  Routed shop;
  shop.lists["httproutes"] = json::array({httpRoute(1, 1)});
  shop.look();
  ASSERT_NE(shop.find("PATCH httproutes/web"), nullptr);
  const json patch = shop.find("PATCH httproutes/web")->body;
  EXPECT_EQ(patch.at(0), (json{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", "9"}}));
  EXPECT_THAT(patch, Contains(json{{"op", "add"}, {"path", "/spec/rules/0/backendRefs/1/weight"}, {"value", 0}}));
  EXPECT_THAT(shop.lines(), Not(Contains("POST replicasets")));
}

TEST(GatewayRoute, AnEditIsPutRightAtMostOnceAMinute) {
  Routed shop;
  shop.lists["httproutes"] = json::array({httpRoute(1, 1)});
  shop.look();
  shop.clear();
  ASSERT_TRUE(shop.reconcile());  // The route still says 50 %: somebody has put that back at once.
  EXPECT_NE(shop.find("PATCH httproutes/web"), nullptr);
  shop.clear();
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.find("PATCH httproutes/web"), nullptr);
  shop.clock.advance(61s);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_NE(shop.find("PATCH httproutes/web"), nullptr);
}

TEST(GatewayRoute, AMissingRouteIsNamedAndNothingRolls) {
  Routed shop;
  shop.lists["httproutes"] = json::array();
  shop.look();
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "RouteNotFound");
  EXPECT_THAT(shop.condition("Valid").value("message", ""), HasSubstr("HTTPRoute shop/web does not exist"));
  EXPECT_THAT(shop.lines(), Not(Contains("POST replicasets")));
}

TEST(GatewayRoute, AMissingApiAndAMissingRuleAreNamed) {
  for (const auto& [status, reason] : {std::pair(404, "GatewayApiMissing"), std::pair(403, "Forbidden")}) {
    Routed shop;
    shop.refuses = [status](const Shop::Call& call) -> std::optional<Refused> {
      if (call.path != "httproutes") return std::nullopt;
      return Refused{status, status == 404 ? "NotFound" : "Forbidden", "no"};
    };
    const auto code = status == 404 ? ErrorCode::NotFound : ErrorCode::Forbidden;
    while (shop.caches().need(kRouteCache)->code() != code) std::this_thread::yield();
    ASSERT_TRUE(shop.reconcile());
    EXPECT_EQ(shop.condition("Valid").value("reason", ""), reason);
    EXPECT_THAT(shop.lines(), Not(Contains("POST replicasets")));
  }
}

TEST(GatewayRoute, NobodyWatchesRoutesThatNobodyNames) {
  Shop shop;
  json spec = routed("web:1");
  spec["rollout"].erase("canary");
  shop.app(spec);
  ASSERT_TRUE(shop.reconcile());
  EXPECT_THAT(shop.reads(), Not(Contains("httproutes")));
}

}  // namespace
}  // namespace tidewright::control
