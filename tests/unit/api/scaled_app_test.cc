#include "operator/api/scaled_app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/api/validate.h"

namespace tidewright::api {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const json kTemplate = {{"spec", {{"containers", {{{"name", "web"}}}}}}};

TEST(ScaledAppSpec, HasTheOperatorsDefaults) {
  const auto spec = parseScaledAppSpec({{"template", kTemplate}});
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(spec->replicasOrDefault(), 1);
  EXPECT_EQ(spec->revisionHistoryLimit, 10);
  EXPECT_EQ(spec->rollout.maxSurge, (IntOrPercent{25, true}));
  EXPECT_EQ(spec->rollout.maxUnavailable, IntOrPercent{0});
  EXPECT_EQ(spec->rollout.minReadySeconds, 2);
  EXPECT_EQ(spec->rollout.progressDeadline, std::chrono::seconds(600));
  EXPECT_TRUE(spec->rollout.autoRollback);
  EXPECT_EQ(spec->availability, AvailabilitySpec{});
  EXPECT_EQ(spec->podTemplate, kTemplate);
  EXPECT_FALSE(spec->autoscaling);
}

TEST(ScaledAppSpec, ReadsTheStepsOfACanary) {
  const auto spec = parseScaledAppSpec(json::parse(R"({"template": {}, "rollout": {"strategy": "Canary", "steps": [
      {"setWeight": 10}, {"pause": {"seconds": 60}}, {"pause": {}}, {"analysis": {"metrics": ["errors"]}}]}})"));
  ASSERT_TRUE(spec) << spec.error().message();
  const std::vector<RolloutStep> want{SetWeight{10}, Pause{std::chrono::seconds(60)}, Pause{},
                                      AnalysisStep{{"errors"}}};
  EXPECT_EQ(spec->rollout.steps, want);
}

struct Wrong {
  const char* name;
  const char* spec;
  const char* says;
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.spec; }
class WrongSpec : public testing::TestWithParam<Wrong> {};
TEST_P(WrongSpec, NamesTheField) {
  const auto spec = parseScaledAppSpec(json::parse(GetParam().spec));
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error().message(), HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(
    Fields, WrongSpec,
    testing::Values(
        Wrong{"Replicas", R"({"replicas": -1})", "spec.replicas: "},
        Wrong{"Surge", R"({"rollout": {"maxSurge": "a third"}})", "spec.rollout.maxSurge: \"a third\" is neither"},
        Wrong{"SurgeBelowZero", R"({"rollout": {"maxSurge": -2}})", "spec.rollout.maxSurge: -2"},
        Wrong{"Strategy", R"({"rollout": {"strategy": "Rolling"}})", "spec.rollout.strategy: "},
        Wrong{"Weight", R"({"rollout": {"steps": [{"setWeight": 101}]}})", "spec.rollout.steps[0].setWeight: "},
        Wrong{"TwoKinds", R"({"rollout": {"steps": [{"setWeight": 1, "pause": {}}]}})", "spec.rollout.steps[0]: "},
        Wrong{"RestartAt", R"({"restartAt": "today"})", "spec.restartAt: \"today\" is not a time"},
        Wrong{"Port", R"({"service": {"ports": [{"name": "http"}]}})", "spec.service.ports[0].port: "},
        Wrong{"ServiceType", R"({"service": {"type": "External"}})", "spec.service.type: "},
        Wrong{"Template", R"({"template": "nginx"})", "spec.template: "},
        Wrong{"Shard", R"({"shards": [{"env": {}}]})", "spec.shards[0].name: "},
        Wrong{"Autoscaling", R"({"autoscaling": {"minReplicas": 1}})", "spec.autoscaling.maxReplicas"},
        Wrong{"Analysis", R"({"rollout": {"analysis": [{"name": "e", "successWhen": "value < 1"}]}})",
              "spec.rollout.analysis[0].prometheus: "},
        Wrong{"SuccessWhen",
              R"({"rollout": {"analysis": [{"name": "e", "successWhen": "value", "prometheus": {"query": "q"}}]}})",
              "spec.rollout.analysis[0].successWhen: \"value\" does not compare"}),
    [](const auto& c) { return c.param.name; });

class Contradiction : public testing::TestWithParam<Wrong> {};
TEST_P(Contradiction, IsAMistakeOfItsField) {
  json spec = json::parse(GetParam().spec);
  if (!spec.contains("template") && !spec.contains("targetRef")) spec["template"] = kTemplate;
  const auto parsed = parseScaledAppSpec(spec);
  ASSERT_TRUE(parsed) << parsed.error().message();
  const auto mistakes = validate({.name = "web", .spec = *parsed});
  ASSERT_FALSE(mistakes.empty());
  EXPECT_EQ(mistakes.front().field, GetParam().says) << mistakes.front().sentence;
}
INSTANTIATE_TEST_SUITE_P(
    Fields, Contradiction,
    testing::Values(
        Wrong{"BothZero", R"({"rollout": {"maxSurge": 0, "maxUnavailable": 0}})", "spec.rollout.maxSurge"},
        Wrong{"StepsElsewhere", R"({"rollout": {"steps": [{"setWeight": 1}]}})", "spec.rollout.steps"},
        Wrong{"UnknownAnalysis", R"({"rollout": {"strategy": "Canary", "steps": [{"analysis": {"metrics": ["x"]}}]}})",
              "spec.rollout.steps[0].analysis.metrics"},
        Wrong{"StartsAfterTheEnd",
              R"({"rollout": {"analysis": [{"name": "e", "successWhen": "value < 1", "prometheus": {"query": "q"},
                                            "startAtStep": 1}]}})",
              "spec.rollout.analysis[0].startAtStep"},
        Wrong{"NoContainer", R"({"template": {"spec": {"containers": []}}})", "spec.template.spec.containers"},
        Wrong{"TemplateAndTarget",
              R"({"template": {}, "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}})", "spec"},
        Wrong{
            "TargetWithShards",
            R"({"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}, "shards": [{"name": "a"}]})",
            "spec.shards"},
        Wrong{"ShardTwice", R"({"shards": [{"name": "a"}, {"name": "a"}]})", "spec.shards[1].name"},
        Wrong{"ShardName", R"({"shards": [{"name": "A_b"}]})", "spec.shards[0].name"},
        Wrong{"ShardVariable", R"({"shards": [{"name": "a", "env": {"SHARD": "b"}}]})", "spec.shards[0].env"},
        Wrong{"ShortDeadline", R"({"rollout": {"progressDeadlineSeconds": 5, "minReadySeconds": 5}})",
              "spec.rollout.progressDeadlineSeconds"}),
    [](const auto& c) { return c.param.name; });

TEST(Validate, FindsNothingWrongWithASoundSpec) {
  EXPECT_TRUE(validate({.name = "web", .spec = *parseScaledAppSpec({{"template", kTemplate}})}).empty());
}

}  // namespace
}  // namespace tidewright::api
