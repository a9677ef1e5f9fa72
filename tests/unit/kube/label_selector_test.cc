#include "operator/kube/label_selector.h"

#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

using nlohmann::json;
using Labels = std::map<std::string, std::string>;

const Labels kPod{{"app", "web"}, {"tier", "front"}};

bool matches(const json& selector) { return parseLabelSelector(selector).matches(kPod); }

json expression(const std::string& key, const std::string& op, const json& values = json::array()) {
  json one = json::object({{"key", key}, {"operator", op}, {"values", values}});
  return json::object({{"matchExpressions", json::array({one})}});
}

TEST(LabelSelector, OfNothingSelectsEverything) { EXPECT_TRUE(matches(json::object())); }

TEST(LabelSelector, AllLabelsMustMatch) {
  EXPECT_TRUE(matches(json::object({{"matchLabels", {{"app", "web"}, {"tier", "front"}}}})));
  EXPECT_FALSE(matches(json::object({{"matchLabels", {{"app", "web"}, {"tier", "back"}}}})));
}

TEST(LabelSelector, KnowsTheFourOperators) {
  EXPECT_TRUE(matches(expression("app", "In", {"web", "shop"})));
  EXPECT_FALSE(matches(expression("app", "In", {"shop"})));
  EXPECT_FALSE(matches(expression("none", "In", {"web"})));
  EXPECT_FALSE(matches(expression("app", "NotIn", {"web"})));
  EXPECT_TRUE(matches(expression("none", "NotIn", {"web"}))) << "as Kubernetes has it: an absent label is not in";
  EXPECT_TRUE(matches(expression("app", "Exists")));
  EXPECT_FALSE(matches(expression("none", "Exists")));
  EXPECT_FALSE(matches(expression("app", "DoesNotExist")));
  EXPECT_TRUE(matches(expression("none", "DoesNotExist")));
}

TEST(LabelSelector, LabelsAndExpressionsHoldTogether) {
  json both = expression("tier", "In", {"back"});
  both["matchLabels"]["app"] = "web";
  EXPECT_FALSE(matches(both));
}

}  // namespace
}  // namespace tidewright::kube
