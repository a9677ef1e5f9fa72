#include "operator/decide/revision_source.h"

#include <gtest/gtest.h>

namespace tidewright::decide {
namespace {

using nlohmann::json;

const json kTemplate = {{"metadata", {{"labels", {{"team", "shop"}}}}},
                        {"spec", {{"containers", {{{"name", "web"}, {"image", "web:1"}, {"args", nullptr}}}}}}};

TEST(RevisionSource, ComesBackAsTheSameRevision) {
  const api::RevisionSource source{.podTemplate = kTemplate,
                                   .restartAt = WallTime(std::chrono::seconds(1'800'000'000))};
  const auto back = sourceFrom(sourceText(source).value());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->podTemplate, kTemplate);
  EXPECT_EQ(back->restartAt, source.restartAt);
  EXPECT_EQ(api::revisionOf(*back), api::revisionOf(source));
}

TEST(RevisionSource, WithAConfigurationIsAnotherRevision) {
  const api::RevisionSource source{.podTemplate = kTemplate, .configHash = "c0ffee"};
  const auto back = sourceFrom(sourceText(source).value());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->configHash, "c0ffee");
  EXPECT_NE(api::revisionOf(*back), api::revisionOf({.podTemplate = kTemplate}));
}

TEST(RevisionSource, WithoutARestartHasNone) {
  EXPECT_EQ(sourceFrom(sourceText({.podTemplate = kTemplate}).value())->restartAt, std::nullopt);
}

TEST(RevisionSource, IsLeftOutWhenItWouldNotFitAnAnnotation) {
  json large = kTemplate;
  large["spec"]["containers"][0]["args"] = std::string(200 * 1024, 'x');
  EXPECT_EQ(sourceText({.podTemplate = large}), std::nullopt);
}

TEST(RevisionSource, OfAnythingElseIsNone) {
  for (const char* text : {"", "{", "[]", "{}", R"({"template": 3})"})
    EXPECT_EQ(sourceFrom(text), std::nullopt) << text;
}

}  // namespace
}  // namespace tidewright::decide
