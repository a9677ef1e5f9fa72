#include "operator/api/autoscaling.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidewright::api {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

json least() {
  return json::parse(R"x({"maxReplicas": 20, "metrics": [
    {"name": "rps", "prometheus": {"query": "sum(rate(x[1m]))"}, "target": {"type": "AverageValue", "value": "100"}}]})x");
}

TEST(ParseAutoscaling, FillsInTheDefaults) {
  const Result<Autoscaling> parsed = parseAutoscaling(least());
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->mode, ScalingMode::Active);
  EXPECT_EQ(parsed->minReplicas, 1);
  EXPECT_EQ(parsed->maxReplicas, 20);
  EXPECT_EQ(parsed->poll, 15s);
  EXPECT_EQ(parsed->cooldown, 300s);
  EXPECT_EQ(parsed->behavior, Behavior{});
  EXPECT_EQ(parsed->metrics.at(0).prometheus.maxAge, 60s);
  EXPECT_EQ(parsed->metrics[0].target.value.milli, 100'000);
  EXPECT_EQ(parsed->metrics[0].onNoData, OnNoData::Hold);
  EXPECT_FALSE(parsed->metrics[0].fallback);
  EXPECT_FALSE(parsed->panic);
}

TEST(ParseAutoscaling, ReadsEveryField) {
  const Result<Autoscaling> parsed = parseAutoscaling(json::parse(R"({
    "mode": "DryRun", "minReplicas": 0, "maxReplicas": 50, "pollSeconds": 5, "cooldownSeconds": 60,
    "metrics": [{"name": "a",
      "prometheus": {"query": "q", "serverAddress": "https://p:9090", "select": {"app": "web"}, "aggregate": "Sum",
                     "maxAgeSeconds": 7, "onNoData": "Zero", "authRef": {"name": "s"},
                     "tls": {"caRef": {"name": "ca"}, "certRef": {"name": "c"}, "serverName": "n", "insecureSkipVerify": true}},
      "target": {"type": "Value", "value": 0.5}, "activation": "5",
      "fallback": {"afterSeconds": 90, "replicas": 4, "behavior": "AtLeast"}}],
    "behavior": {"scaleUp": {"stabilizationWindowSeconds": 30, "selectPolicy": "Min", "tolerance": "50m",
                             "policies": [{"type": "Percent", "value": 50, "periodSeconds": 60}]},
                 "scaleDown": {"selectPolicy": "Disabled"}},
    "schedules": [{"name": "day", "start": "0 8 * * *", "end": "0 18 * * *", "timeZone": "Europe/Berlin",
                   "replicas": 5, "minReplicas": 2, "maxReplicas": 60}],
    "panic": {"query": "fast", "windowSeconds": 30, "thresholdPercent": 300},
    "pausedDirections": ["Down"]})"));
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->mode, ScalingMode::DryRun);
  EXPECT_EQ(parsed->minReplicas, 0);
  const Metric& metric = parsed->metrics.at(0);
  EXPECT_EQ(metric.prometheus, (Query{.serverAddress = "https://p:9090",
                                      .query = "q",
                                      .select = {{"app", "web"}},
                                      .aggregate = Aggregate::Sum,
                                      .maxAge = 7s,
                                      .authRef = {"s"},
                                      .tls = {{"ca"}, {"c"}, "n", true}}));
  EXPECT_EQ(metric.onNoData, OnNoData::Zero);
  EXPECT_EQ(metric.target, (Target{Target::Type::Value, {500}}));
  EXPECT_EQ(metric.activation.milli, 5000);
  EXPECT_EQ(metric.fallback, (Fallback{90s, 4, Fallback::Behavior::AtLeast}));
  EXPECT_EQ(parsed->behavior.scaleUp,
            (ScalingRules{30s, SelectPolicy::Min, {{ScalingPolicy::Type::Percent, 50, 60s}}, 0.05}));
  EXPECT_EQ(parsed->behavior.scaleDown.selectPolicy, SelectPolicy::Disabled);
  EXPECT_EQ(parsed->behavior.scaleDown.policies, Behavior{}.scaleDown.policies);
  EXPECT_EQ(parsed->behavior.scaleDown.stabilizationWindow, 300s);
  EXPECT_EQ(parsed->schedules.at(0).replicas, 5);
  EXPECT_NE(parsed->schedules[0].zone, nullptr);
  EXPECT_EQ(parsed->panic->query.query, "fast");
  EXPECT_EQ(parsed->panic->query.serverAddress, "https://p:9090");
  EXPECT_EQ(parsed->panic->window, 30s);
  EXPECT_TRUE(parsed->isPaused(Direction::Down));
  EXPECT_FALSE(parsed->isPaused(Direction::Up));
}

/// A change of the least autoscaling, as a JSON merge patch, and how the error begins.
struct Mistake {
  const char *patch, *error;
};
class Mistakes : public testing::TestWithParam<Mistake> {};
TEST_P(Mistakes, AreNamedByTheirPath) {
  json value = least();
  value.merge_patch(json::parse(GetParam().patch));
  const Result<Autoscaling> parsed = parseAutoscaling(value);
  ASSERT_FALSE(parsed) << GetParam().patch;
  EXPECT_EQ(parsed.error().code(), ErrorCode::Invalid);
  EXPECT_TRUE(parsed.error().message().starts_with(std::string("spec.autoscaling.") + GetParam().error))
      << parsed.error().message();
}
INSTANTIATE_TEST_SUITE_P(
    All, Mistakes,
    testing::Values(
        Mistake{R"({"maxReplicas": null})", "maxReplicas: is missing"},
        Mistake{R"({"maxReplicas": 0})", "maxReplicas: 0 is not allowed; write a whole number from 1"},
        Mistake{R"({"maxReplicas": 3000000000})", "maxReplicas: 3000000000 is not allowed"},
        Mistake{R"({"maxReplicas": "20"})", "maxReplicas: \"20\" is not allowed"},
        Mistake{R"({"minReplicas": 21})", "maxReplicas: 20 is below minReplicas 21"},
        Mistake{R"({"minReplicas": -1})", "minReplicas: -1"},
        Mistake{R"({"mode": "active"})", "mode: \"active\" is unknown"},
        Mistake{R"({"pollSeconds": 0})", "pollSeconds: 0"},
        Mistake{R"({"metrics": []})", "metrics: has 0 items; write 1 to 20"},
        Mistake{R"({"metrics": {}})", "metrics: is not a list"},
        Mistake{R"({"metrics": [3]})", "metrics[0]: is not an object"},
        Mistake{R"({"metrics": [{"name": "a", "target": {"value": 1}}]})", "metrics[0].prometheus.query: is missing"},
        Mistake{R"({"metrics": [{"prometheus": {"query": "q"}, "target": {"value": 1}}]})",
                "metrics[0].name: is missing"},
        Mistake{R"({"metrics": [{"name": "a", "prometheus": {"query": "q"}, "target": {"value": 0}}]})",
                "metrics[0].target.value: is missing or not above 0"},
        Mistake{R"({"metrics": [{"name": "a", "prometheus": {"query": "q"}, "target": {"value": "x"}}]})",
                "metrics[0].target.value: \"x\" is not a quantity"},
        Mistake{
            R"({"metrics": [{"name": "a", "prometheus": {"query": "q", "aggregate": "Avg"}, "target": {"value": 1}}]})",
            "metrics[0].prometheus.aggregate: \"Avg\" is unknown; write one of Sum"},
        Mistake{
            R"({"metrics": [{"name": "a", "prometheus": {"query": "q", "select": {"a": 1}}, "target": {"value": 1}}]})",
            "metrics[0].prometheus.select.a: is not a text"},
        Mistake{R"({"metrics": [{"name": "a", "prometheus": {"query": "q"}, "target": {"value": 1}},
                                {"name": "a", "prometheus": {"query": "q"}, "target": {"value": 1}}]})",
                "metrics[1].name: \"a\" is there twice"},
        Mistake{
            R"({"metrics": [{"name": "a", "prometheus": {"query": "q"}, "target": {"value": 1}, "activation": -1}]})",
            "metrics[0].activation: is below 0"},
        Mistake{
            R"({"metrics": [{"name": "a", "prometheus": {"query": "q"}, "target": {"value": 1}, "fallback": {"replicas": 1}}]})",
            "metrics[0].fallback.afterSeconds: is missing"},
        Mistake{R"({"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 15}]}}})",
                "behavior.scaleUp.policies[0].value: 0"},
        Mistake{R"({"behavior": {"scaleDown": {"policies": [{"type": "Pods", "value": 1}]}}})",
                "behavior.scaleDown.policies[0].periodSeconds: is missing"},
        Mistake{R"({"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3601}}})",
                "behavior.scaleDown.stabilizationWindowSeconds: 3601"},
        Mistake{R"({"behavior": {"scaleDown": {"tolerance": -0.1}}})", "behavior.scaleDown.tolerance: is below 0"},
        Mistake{R"({"schedules": [{"name": "a", "start": "x", "end": "0 1 * * *", "timeZone": "UTC", "replicas": 1}]})",
                "schedules[0].start: \"x\" has 1 fields"},
        Mistake{
            R"({"schedules": [{"name": "a", "start": "0 0 * * *", "end": "0 1 * * *", "timeZone": "Berlin", "replicas": 1}]})",
            "schedules[0].timeZone: \"Berlin\" is no known time zone"},
        Mistake{
            R"({"schedules": [{"name": "a", "start": "0 0 * * *", "end": "0 0 * * *", "timeZone": "UTC", "replicas": 1}]})",
            "schedules[0].end: equals start"},
        Mistake{R"({"schedules": [{"name": "a", "start": "0 0 * * *", "end": "0 1 * * *", "timeZone": "UTC"}]})",
                "schedules[0]: changes nothing"},
        Mistake{
            R"({"schedules": [{"name": "a", "start": "0 0 * * *", "end": "0 1 * * *", "timeZone": "UTC", "replicas": 21}]})",
            "schedules[0].replicas: while it is active the least is 21 and the most 20"},
        Mistake{R"({"panic": {"windowSeconds": 10}})", "panic.query: is missing"},
        Mistake{R"({"panic": {"query": "q", "thresholdPercent": 100}})", "panic.thresholdPercent: 100"},
        Mistake{R"({"pausedDirections": ["up"]})", "pausedDirections: \"up\" is unknown; write Up or Down"}));

TEST(ParseAutoscaling, RefusesWhatIsNoObject) {
  EXPECT_FALSE(parseAutoscaling(json("x")));
  EXPECT_FALSE(parseAutoscaling(json::array()));
}

}  // namespace
}  // namespace tidewright::api
