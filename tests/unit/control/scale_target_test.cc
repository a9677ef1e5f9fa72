// Who may scale a target that two ask for.
#include "operator/control/scale_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "operator/control/caches.h"
#include "tests/unit/control/shop.h"

namespace tidewright::control {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json scaler(const char* kind, const char* name) {
  return {{"metadata", {{"name", "hpa"}, {"namespace", "shop"}, {"resourceVersion", "5"}}},
          {"spec", {{"scaleTargetRef", {{"apiVersion", "apps/v1"}, {"kind", kind}, {"name", name}}}}}};
}

json scaling(const char* mode = "Active") {
  const json metric = {
      {"name", "rps"}, {"prometheus", {{"query", "q"}}}, {"target", {{"type", "AverageValue"}, {"value", "10"}}}};
  return {
      {"targetRef", {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "existing"}}},
      {"autoscaling", {{"mode", mode}, {"minReplicas", 1}, {"maxReplicas", 5}, {"metrics", json::array({metric})}}}};
}

AppObject appObject(const char* name, std::chrono::seconds born, const json& spec) {
  AppObject object;
  object.meta.ns = "shop";
  object.meta.name = name;
  object.meta.uid = name;
  object.meta.resourceVersion = "1";
  object.meta.creationTimestamp = WallTime(born);
  object.set(spec, nullptr);
  return object;
}

struct Rivals : Shop {
  Rivals() { lists["horizontalpodautoscalers"] = json::array(); }

  std::string better(const AppObject& object) {
    api::ScaledApp app{.name = object.meta.name, .ns = "shop", .uid = object.meta.uid};
    app.spec.autoscaling.emplace();
    if (object.whole().spec.dump().find("DryRun") != std::string::npos)
      app.spec.autoscaling->mode = api::ScalingMode::DryRun;
    (void)caches().need(kScalerCache);
    EXPECT_TRUE(caches().waitForList(kScalerCache, {}));
    return betterOwner(app, object, caches()).other;
  }
};

TEST(ScaleTarget, IsTheSameInAnyVersion) {
  EXPECT_EQ(scaleTarget("shop", "apps/v1", "Deployment", "web"),
            scaleTarget("shop", "apps/v1beta2", "Deployment", "web"));
  EXPECT_NE(scaleTarget("shop", "apps/v1", "Deployment", "web"), scaleTarget("bank", "apps/v1", "Deployment", "web"));
}

TEST(ScaleTarget, TheOlderAppKeepsIt) {
  Rivals shop;
  const AppObject older = appObject("b", 10s, scaling()), younger = appObject("a", 20s, scaling());
  shop.caches().apps.put(AppObject(older));
  shop.caches().apps.put(AppObject(younger));
  EXPECT_EQ(shop.better(older), "");
  EXPECT_EQ(shop.better(younger), "ScaledApp b");
  shop.caches().apps.remove(AppObject(older));
  EXPECT_EQ(shop.better(younger), "");
}

TEST(ScaleTarget, OfTheSameAgeTheFirstByNameKeepsIt) {
  Rivals shop;
  const AppObject first = appObject("a", 10s, scaling()), second = appObject("b", 10s, scaling());
  shop.caches().apps.put(AppObject(first));
  shop.caches().apps.put(AppObject(second));
  EXPECT_EQ(shop.better(first), "");
  EXPECT_EQ(shop.better(second), "ScaledApp a");
}

TEST(ScaleTarget, WhoOnlySaysWhatItWouldDoOwnsNothing) {
  Rivals shop;
  const AppObject older = appObject("a", 10s, scaling("DryRun")), younger = appObject("b", 20s, scaling());
  shop.caches().apps.put(AppObject(older));
  shop.caches().apps.put(AppObject(younger));
  EXPECT_EQ(shop.better(older), "");
  EXPECT_EQ(shop.better(younger), "");
}

TEST(ScaleTarget, AHorizontalPodAutoscalerKeepsIt) {
  Rivals shop;
  shop.lists["horizontalpodautoscalers"] = json::array({scaler("Deployment", "existing")});
  EXPECT_EQ(shop.better(appObject("a", 10s, scaling())), "HorizontalPodAutoscaler hpa");
  EXPECT_EQ(shop.better(appObject("a", 10s, scaling("DryRun"))), "");
}

TEST(ScaleTarget, OnesForSomethingElseAreNoRivals) {
  Rivals shop;
  shop.lists["horizontalpodautoscalers"] = json::array({scaler("StatefulSet", "existing")});
  EXPECT_EQ(shop.better(appObject("a", 10s, scaling())), "");
}

TEST(ScaleTarget, ATakenTargetIsNotTouched) {
  Shop shop;
  shop.lists["horizontalpodautoscalers"] = json::array({scaler("Deployment", "existing")});
  shop.app(scaling());
  shop.holdsLists = true;
  ASSERT_TRUE(shop.reconcile());
  EXPECT_TRUE(shop.lines().empty()) << "nobody knows yet";
  shop.holdsLists = false;
  ASSERT_TRUE(shop.caches().waitForList(kScalerCache, {}));
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "TargetTaken");
  EXPECT_THAT(shop.condition("Valid").value("message", ""), testing::HasSubstr("HorizontalPodAutoscaler hpa"));
  EXPECT_THAT(shop.lines(), testing::Each(testing::StartsWith("PATCH scaledapps/web/status")));
}

TEST(ScaleTarget, AnAppThatScalesItselfWarnsOfAScaler) {
  Shop shop;
  json hpa = scaler("ScaledApp", "web");
  hpa["spec"]["scaleTargetRef"]["apiVersion"] = "tidewright.dev/v1alpha1";
  shop.lists["horizontalpodautoscalers"] = json::array({hpa});
  const json spec = {{"template", {{"spec", {{"containers", {{{"name", "web"}, {"image", "web:1"}}}}}}}},
                     {"autoscaling", scaling()["autoscaling"]}};
  shop.app(spec);
  ASSERT_TRUE(shop.reconcile());
  ASSERT_TRUE(shop.caches().waitForList(kScalerCache, {}));
  shop.app(spec, shop.status());
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "ScaledTwice");
  EXPECT_EQ(shop.condition("Valid").value("status", ""), "True");
  EXPECT_THAT(shop.eventReasons(), testing::Contains("ScaledTwice"));
}

}  // namespace
}  // namespace tidewright::control
