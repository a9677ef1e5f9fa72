#include "operator/control/merge_patch.h"

#include <gtest/gtest.h>

namespace tidewright::control {
namespace {

using nlohmann::json;

TEST(MergePatch, OfEqualsIsNone) { EXPECT_EQ(mergePatchFor(json{{"a", 1}}, json{{"a", 1}}), std::nullopt); }

TEST(MergePatch, NamesOnlyWhatDiffers) {
  const json before{{"same", 1}, {"changed", 1}, {"gone", 1}, {"inner", {{"same", 1}, {"gone", 2}}}};
  const json after{{"same", 1}, {"changed", 2}, {"added", 3}, {"inner", {{"same", 1}, {"added", {{"x", 1}}}}}};
  const json want{
      {"changed", 2}, {"added", 3}, {"gone", nullptr}, {"inner", {{"gone", nullptr}, {"added", {{"x", 1}}}}}};
  EXPECT_EQ(mergePatchFor(before, after), want);
}

TEST(MergePatch, AppliedToBeforeGivesAfter) {
  json before = json::parse(R"({"a":[1,2],"b":{"c":{"d":1}},"e":"x"})");
  const json after = json::parse(R"({"a":[2],"b":{"c":{"f":2}},"g":{"h":[{"i":1}]}})");
  before.merge_patch(*mergePatchFor(before, after));
  EXPECT_EQ(before, after);
}

}  // namespace
}  // namespace tidewright::control
