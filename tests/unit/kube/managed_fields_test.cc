#include "operator/kube/managed_fields.h"

#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

using nlohmann::json;

json object(json managedFields) {
  return {{"metadata", {{"resourceVersion", "7"}, {"managedFields", std::move(managedFields)}}}};
}
json entry(const char* manager, const char* operation, json fields, const char* subresource = "") {
  json made{{"manager", manager}, {"operation", operation}, {"fieldsV1", std::move(fields)}};
  if (*subresource != 0) made["subresource"] = subresource;
  return made;
}

TEST(HandOverToApply, ACreatesFieldsBecomeApplied) {
  const json spec = json::parse(R"({"f:spec": {"f:ports": {}}})");
  const auto patch = handOverToApply(object({entry("me", "Update", spec), entry("other", "Update", {})}), "me");
  ASSERT_TRUE(patch);
  EXPECT_EQ((*patch)[0]["path"], "/metadata/managedFields");
  EXPECT_EQ((*patch)[0]["value"], json({entry("other", "Update", {}), entry("me", "Apply", spec)}));
  EXPECT_EQ((*patch)[1], json::parse(R"({"op":"replace","path":"/metadata/resourceVersion","value":"7"})"));
}

TEST(HandOverToApply, UnitesWhatWasAppliedAlready) {
  const auto patch = handOverToApply(
      object({entry("me", "Apply", json::parse(R"({"f:spec": {"f:a": {}}})")),
              entry("me", "Update", json::parse(R"({"f:spec": {"f:b": {}}, "f:metadata": {}})"))}),
      "me");
  ASSERT_TRUE(patch);
  EXPECT_EQ((*patch)[0]["value"],
            json({entry("me", "Apply", json::parse(R"({"f:spec": {"f:a": {}, "f:b": {}}, "f:metadata": {}})"))}));
}

TEST(HandOverToApply, LeavesTheRestAlone) {
  EXPECT_FALSE(handOverToApply(object(json::array()), "me"));
  EXPECT_FALSE(handOverToApply(object({entry("me", "Apply", {}), entry("other", "Update", {})}), "me"));
  EXPECT_FALSE(handOverToApply(object({entry("me", "Update", {}, "status")}), "me"));
  EXPECT_FALSE(handOverToApply(json::object(), "me"));
}

}  // namespace
}  // namespace tidewright::kube
