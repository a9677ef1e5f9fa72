#include "operator/control/http_route.h"

#include <gtest/gtest.h>

namespace tidewright::control {
namespace {

using nlohmann::json;

const RoutedServices kWeb{{"shop", "web-stable"}, {"shop", "web-canary"}};

json backend(const char* name, int weight) { return {{"name", name}, {"port", 80}, {"weight", weight}}; }

json object(const json& rules, const json& annotations = nullptr) {
  json out = {{"metadata", {{"name", "web"}, {"namespace", "shop"}, {"resourceVersion", "7"}}},
              {"spec", {{"rules", rules}}}};
  if (!annotations.is_null()) out["metadata"]["annotations"] = annotations;
  return out;
}

HttpRoute read(const json& object) { return httpRouteParser()(object.dump()).value(); }

json pair(int stable, int canary) {
  return {{"backendRefs", {backend("web-stable", stable), backend("web-canary", canary)}}};
}

json stableAlone() { return {{"backendRefs", json::array({backend("web-stable", 5)})}}; }

/// The route after the patch.
json patched(const json& before, std::optional<int32_t> weight) {
  const std::optional<json> patch = weightPatch(read(before), {{kWeb, weight}});
  return patch ? before.patch(*patch) : before;
}

TEST(HttpRoute, SaysWhatGoesToTheCanary) {
  const auto weights = weightsOf(read(object(json::array({pair(80, 20)}))), kWeb);
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->lowest, 20);
  EXPECT_EQ(weights->highest, 20);
  EXPECT_FALSE(weights->taken);
}

TEST(HttpRoute, SaysTheRangeOverItsRules) {
  const auto weights = weightsOf(read(object(json::array({pair(1, 0), pair(1, 2), pair(0, 0)}))), kWeb);
  EXPECT_EQ(weights->lowest, 0);
  EXPECT_EQ(weights->highest, 67) << "rounded away from what would be safe to believe";
  EXPECT_EQ(weightsOf(read(object(json::array({pair(1, 999)}))), kWeb)->lowest, 99);
}

TEST(HttpRoute, KnowsItsServicesByNamespaceAndKind) {
  EXPECT_FALSE(weightsOf(read(object(json::array({stableAlone()}))), kWeb));
  json other = pair(1, 0);
  other["backendRefs"][1]["namespace"] = "bank";
  EXPECT_FALSE(weightsOf(read(object(json::array({other}))), kWeb));
  other["backendRefs"][1] = {{"name", "web-canary"}, {"group", "x.io"}, {"kind", "Backend"}};
  EXPECT_FALSE(weightsOf(read(object(json::array({other}))), kWeb));
  EXPECT_FALSE(weightsOf(read(json{{"metadata", {{"name", "web"}}}}), kWeb));
}

TEST(HttpRoute, TakesTheWeightsAndGivesThemBack) {
  json extra = pair(300, 100);
  extra["backendRefs"].push_back(backend("old-monolith", 50));
  extra["filters"] = json::array({{{"type", "RequestMirror"}}});
  const json before = object(json::array({stableAlone(), extra, pair(1, 0)}));
  const json taken = patched(before, 20);
  EXPECT_EQ(taken.at("/spec/rules/0"_json_pointer), before.at("/spec/rules/0"_json_pointer)) << "not ours";
  EXPECT_EQ(taken.at("/spec/rules/1/backendRefs/0/weight"_json_pointer), 320);
  EXPECT_EQ(taken.at("/spec/rules/1/backendRefs/1/weight"_json_pointer), 80);
  EXPECT_EQ(taken.at("/spec/rules/1/backendRefs/2"_json_pointer), backend("old-monolith", 50));
  EXPECT_TRUE(weightsOf(read(taken), kWeb)->taken);
  const json back = patched(patched(taken, 100), std::nullopt);
  EXPECT_EQ(back.at("spec"), before.at("spec"));
  EXPECT_FALSE(weightsOf(read(back), kWeb)->taken);
}

TEST(HttpRoute, ASmallWeightBesideOthersHasNoPercents) {
  json extra = pair(1, 0);
  EXPECT_FALSE(weightsOf(read(object(json::array({extra}))), kWeb)->isTooCoarse) << "it has the rule to itself";
  extra["backendRefs"].push_back(backend("old-monolith", 0));
  EXPECT_FALSE(weightsOf(read(object(json::array({extra}))), kWeb)->isTooCoarse) << "nobody else gets anything";
  extra["backendRefs"][2]["weight"] = 1;
  EXPECT_TRUE(weightsOf(read(object(json::array({extra}))), kWeb)->isTooCoarse);
}

TEST(HttpRoute, KeepsSomebodyElsesAnnotations) {
  const json before =
      object(json::array({pair(100, 0)}), {{"a", "b"}, {kKeptWeightsAnnotation, R"({"shop/api-canary":[[7,3]]})"}});
  const json taken = patched(before, 20);
  EXPECT_EQ(taken.at("/metadata/annotations/a"_json_pointer), "b");
  EXPECT_EQ(patched(taken, std::nullopt), before);
}

TEST(HttpRoute, WhatIsAsWantedNeedsNoPatch) {
  const json before = object(json::array({pair(100, 0)}));
  EXPECT_FALSE(weightPatch(read(before), {{kWeb, std::nullopt}})) << "nothing is kept, so nothing is given back";
  EXPECT_FALSE(weightPatch(read(patched(before, 20)), {{kWeb, 20}}));
}

TEST(HttpRoute, APatchIsOfTheVersionThatWasSeen) {
  const auto patch = weightPatch(read(object(json::array({pair(100, 0)}))), {{kWeb, 20}});
  EXPECT_EQ(patch->at(0), (json{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", "7"}}));
}

TEST(HttpRoute, RulesThatCameMeanwhileGetAllForTheStableSide) {
  json taken = patched(object(json::array({pair(1, 1)})), 20);
  taken["spec"]["rules"].push_back(pair(1, 1));
  const json back = patched(taken, std::nullopt);
  EXPECT_EQ(back.at("/spec/rules/0/backendRefs/0/weight"_json_pointer), 100);
  EXPECT_EQ(back.at("/spec/rules/1/backendRefs/1/weight"_json_pointer), 0);
}

TEST(HttpRoute, ADamagedAnnotationGivesAllToTheStableSide) {
  for (const char* kept : {R"({"shop/web-canary":"x"})", R"({"shop/web-canary":[[1]]})"}) {
    const json back = patched(object(json::array({pair(50, 50)}), {{kKeptWeightsAnnotation, kept}}), std::nullopt);
    EXPECT_EQ(back.at("/spec/rules/0/backendRefs/1/weight"_json_pointer), 0) << kept;
  }
  EXPECT_FALSE(weightsOf(read(object(json::array({pair(50, 50)}), {{kKeptWeightsAnnotation, "["}})), kWeb)->taken);
}

}  // namespace
}  // namespace tidewright::control
