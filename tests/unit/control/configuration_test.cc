#include "operator/control/configuration.h"

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

json dataObject(const char* name, const json& data) {
  return {{"metadata", {{"name", name}, {"namespace", "shop"}}}, {"data", data}};
}

json reading(const char* kind, const char* name, bool optional = false) {
  json reference = {{"name", name}};
  if (optional) reference["optional"] = true;
  return {{"spec", {{"containers", {{{"name", "web"}, {"image", "web:1"}, {"envFrom", {{{kind, reference}}}}}}}}}};
}

json restarting(const json& podTemplate) {
  return {{"replicas", 2},
          {"template", podTemplate},
          {"availability", {{"podDisruptionBudget", false}}},
          {"rollout", {{"onConfigChange", "Restart"}}}};
}

/// An app that reads ConfigMap "settings", and runs with what is in it.
struct Configured : Shop {
  Configured() {
    lists["configmaps"] = json::array({dataObject("settings", {{"a", "1"}})});
    app(restarting(reading("configMapRef", "settings")));
    EXPECT_TRUE(reconcile());
    EXPECT_TRUE(caches().waitForList(kConfigMapCache, {}));
    EXPECT_TRUE(reconcile());
    revision = runWhatWasMade();
  }

  /// What the last POST of a ReplicaSet asked for runs from now on, alone.
  std::string runWhatWasMade() {
    const json made = find("POST replicasets")->body;
    clear();
    return run(made);
  }

  void edit(const json& data) {
    Result<kube::DataObject> object = kube::dataObjectParser()(dataObject("settings", data).dump());
    object->meta.resourceVersion = std::to_string(++version);
    caches().configMaps.put(*std::move(object));
  }

  /// Whether a new ReplicaSet is made within that time.
  bool rolls(std::chrono::seconds wait) {
    clock.advance(wait);
    EXPECT_TRUE(reconcile());
    return find("POST replicasets") != nullptr;
  }

  std::string revision;
  int version = 1000;
};

TEST(Configuration, AChangeRollsLikeAnImage) {
  Configured shop;
  EXPECT_FALSE(shop.rolls(60s)) << "nothing has changed";
  shop.edit({{"a", "2"}});
  ASSERT_TRUE(shop.reconcile());
  EXPECT_TRUE(shop.rolls(5s));
  EXPECT_NE(shop.runWhatWasMade(), shop.revision);
}

TEST(Configuration, SeveralEditsInARowAreOne) {
  Configured shop;
  for (int i = 0; i < 4; ++i) {
    shop.edit({{"a", std::to_string(10 + i)}});
    EXPECT_FALSE(shop.rolls(4s));
  }
  EXPECT_TRUE(shop.rolls(5s));
}

TEST(Configuration, ASpecThatWaitsForItIsNotSaidToBeDone) {
  Configured shop;
  shop.edit({{"a", "2"}});
  json spec = restarting(reading("configMapRef", "settings"));
  spec["template"]["spec"]["containers"][0]["image"] = "web:2";
  shop.app(spec, shop.status(), 2);
  ASSERT_TRUE(shop.reconcile());
  ASSERT_EQ(shop.find("POST replicasets"), nullptr);
  EXPECT_EQ(shop.status()["observedGeneration"], 1);
  EXPECT_EQ(shop.condition("Ready")["observedGeneration"], 1);
  ASSERT_TRUE(shop.rolls(5s));
  EXPECT_EQ(shop.status()["observedGeneration"], 2);
}

TEST(Configuration, EditsWithoutAnEndAreNotWaitedFor) {
  Configured shop;
  int edits = 0;
  do {
    shop.edit({{"a", std::to_string(10 + edits)}});
  } while (!shop.rolls(3s) && ++edits < 100);
  EXPECT_GE(edits, 8);
  EXPECT_LE(edits, 11);
}

TEST(Configuration, AnEditThatIsTakenBackIsNone) {
  Configured shop;
  shop.edit({{"a", "2"}});
  ASSERT_TRUE(shop.reconcile());
  shop.edit({{"a", "1"}});
  EXPECT_FALSE(shop.rolls(60s));
}

TEST(Configuration, AnEmptyCacheIsNoEmptyConfigMap) {
  Configured shop;
  shop.lists.clear();  // The API server does not answer.
  shop.restart();
  EXPECT_FALSE(shop.rolls(60s));
  EXPECT_EQ(shop.condition("Valid").value("status", ""), "True");
}

TEST(Configuration, ARestartOfTheOperatorRollsNothing) {
  Configured shop;
  shop.restart();
  ASSERT_TRUE(shop.reconcile());
  ASSERT_TRUE(shop.caches().waitForList(kConfigMapCache, {}));
  EXPECT_FALSE(shop.rolls(60s));
}

TEST(Configuration, WhatIsDeletedIsWaitedFor) {
  Configured shop;
  shop.caches().configMaps.remove(*shop.caches().configMaps.get("shop", "settings"));
  EXPECT_FALSE(shop.rolls(60s));
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "ConfigNotFound");
  EXPECT_THAT(shop.condition("Valid").value("message", ""), HasSubstr("ConfigMap settings"));
  shop.edit({{"a", "1"}});
  EXPECT_FALSE(shop.rolls(60s)) << "it is as it was";
  EXPECT_EQ(shop.condition("Valid").value("status", ""), "True");
}

TEST(Configuration, AMissingOptionalOneIsAContentLikeAnyOther) {
  Shop shop;
  shop.lists["configmaps"] = json::array();
  shop.app(restarting(reading("configMapRef", "settings", true)));
  shop.holdsLists = true;
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.find("POST replicasets"), nullptr) << "nobody knows yet";
  shop.holdsLists = false;
  ASSERT_TRUE(shop.caches().waitForList(kConfigMapCache, {}));
  ASSERT_TRUE(shop.reconcile());
  EXPECT_NE(shop.find("POST replicasets"), nullptr);
}

TEST(Configuration, AMissingRuleIsNamedAndNothingRolls) {
  Shop shop;
  shop.refuses = [](const Shop::Call& call) -> std::optional<Refused> {
    if (call.path != "secrets") return std::nullopt;
    return Refused{403, "Forbidden", R"(User "x" cannot list resource "secrets")"};
  };
  shop.app(restarting(reading("secretRef", "key")));
  while (shop.caches().need(kSecretCache)->code() != ErrorCode::Forbidden) std::this_thread::yield();
  ASSERT_TRUE(shop.reconcile());
  EXPECT_EQ(shop.condition("Valid").value("reason", ""), "Forbidden");
  EXPECT_THAT(shop.condition("Valid").value("message", ""), HasSubstr("rbac.watchSecrets=true"));
  EXPECT_EQ(shop.find("POST replicasets"), nullptr);
}

TEST(Configuration, IsNotLookedAtWhenItsChangesAreIgnored) {
  Shop shop;
  json spec = restarting(reading("configMapRef", "settings"));
  spec["rollout"]["onConfigChange"] = "Ignore";
  shop.app(spec);
  ASSERT_TRUE(shop.reconcile());
  ASSERT_NE(shop.find("POST replicasets"), nullptr);
  EXPECT_EQ(shop.find("POST replicasets")->body.at("/metadata/labels/tidewright.dev~1revision"_json_pointer),
            api::revisionOf({.podTemplate = spec["template"]}).hash);
  EXPECT_THAT(shop.reads(), Not(Contains("configmaps")));
}

}  // namespace
}  // namespace tidewright::control
