#include <gmock/gmock.h>

#include "cli/next_change.h"
#include "cli/render_why.h"
#include "tests/unit/cli/app_fixtures.h"

namespace tidewright::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

const json kAutoscaling = json::parse(R"({
  "minReplicas": 1, "maxReplicas": 10, "pollSeconds": 15,
  "metrics": [{"name": "rps", "prometheus": {"query": "q"}, "target": {"type": "AverageValue", "value": "100"}}]})");

/// Five pods are there, and the metric has asked for two since 11:59.
json decidedStatus(double value) {
  json status = json::parse(R"({"desiredReplicas": 5, "autoscaling": {"desiredReplicas": 5,
    "recommendations": ["5@1795262340", "2@1795262355"],
    "lastDecision": {"time": "2026-11-21T11:59:45Z", "current": 5, "readyPods": 5, "result": 5,
      "metrics": [{"name": "rps", "target": "100 per pod", "proposal": 2, "why": "200 / 100, rounded up"}],
      "steps": [{"step": "propose", "from": 5, "to": 2, "why": "rps asks for 2, the most of all metrics"},
                {"step": "stabilise", "from": 2, "to": 5, "why": "recent proposals lie in 2..5"}]}}})");
  status["autoscaling"]["lastDecision"]["metrics"][0]["value"] = value;
  return status;
}

TEST(Why, TellsTheMetricTheRuleThatBoundAndWhenItChanges) {
  EXPECT_EQ(renderWhy(webView({{"autoscaling", kAutoscaling}}, decidedStatus(200)), kNow, 80),
            R"(web is to have 5 pods.
Autoscaling decided that 15s ago, from 5 pods, of which 5 were ready:
  rps is 200, target 100 per pod: it asks for 2 pods (200 / 100, rounded up).
  propose: 5 -> 2, because rps asks for 2, the most of all metrics.
  stabilise: 2 -> 5, because recent proposals lie in 2..5.
So stabilise had the last word.
If the metrics stay as they are, the next change comes at 2026-11-21T12:04:00Z,
in 4m: from 5 to 2 pods.
)");
}

TEST(Why, WithoutAutoscalingItIsTheSpec) {
  EXPECT_EQ(renderWhy(webView(), kNow, 0),
            "web is to have 4 pods.\nspec.replicas decides it: there is no spec.autoscaling.\n");
}

TEST(Why, AnUnknownMetricSaysWhatIsTheMatter) {
  json status = decidedStatus(0);
  json& metric = status["autoscaling"]["lastDecision"]["metrics"][0];
  metric.erase("value");
  metric.erase("proposal");
  metric["unknownReason"] = "HTTP 503";
  metric["why"] = "unknown, so it proposes nothing";
  status["autoscaling"]["lastDecision"]["steps"] = json::array();
  const std::string text = renderWhy(webView({{"autoscaling", kAutoscaling}}, status), kNow, 0);
  EXPECT_THAT(text, HasSubstr("rps is unknown (HTTP 503), target 100 per pod: unknown, so it proposes nothing.\n"));
  EXPECT_THAT(text, HasSubstr("No rule moved the count: it stays at 5 pods.\n"));
  EXPECT_THAT(text, HasSubstr("nothing changes within 1h.\n"));
}

TEST(Why, PausedAndDryRunSaySo) {
  json dry = kAutoscaling;
  dry["mode"] = "DryRun";
  EXPECT_THAT(renderWhy(webView({{"autoscaling", dry}}, decidedStatus(200)), kNow, 0), HasSubstr("mode is DryRun"));
  EXPECT_THAT(renderWhy(webView({{"paused", true}}), kNow, 0), HasSubstr("spec.paused holds everything"));
}

TEST(Why, BeforeTheFirstDecisionItSaysThat) {
  EXPECT_THAT(renderWhy(webView({{"autoscaling", kAutoscaling}}), kNow, 0), HasSubstr("has not decided yet"));
}

TEST(Why, AStatusOlderThanTheSpecIsSaidToBeSo) {
  EXPECT_THAT(renderWhy(webView({}, {{"observedGeneration", 1}}), kNow, 0),
              StartsWith("The operator has not answered"));
}

std::optional<NextChange> next(double value, std::chrono::seconds horizon = 3600s) {
  const AppView view = webView({{"autoscaling", kAutoscaling}}, decidedStatus(value));
  return nextChange(*view.app.spec.autoscaling, view.status.autoscaling, kNow, horizon);
}

TEST(NextChange, DownIsWhenTheWindowIsOver) {
  ASSERT_TRUE(next(200));
  EXPECT_EQ(next(200)->to, 2);
  EXPECT_GE(next(200)->at, kNow);
}

TEST(NextChange, UpIsAtOnce) {
  ASSERT_TRUE(next(2000));
  EXPECT_EQ(next(2000)->at, kNow);
  EXPECT_GT(next(2000)->to, 5);
}

TEST(NextChange, AfterAPanicIsWhenItHasBeenCalmForItsWindow) {
  json policy = kAutoscaling;
  policy["panic"] = {{"query", "q"}, {"windowSeconds", 600}};
  json status = decidedStatus(200);
  // Calm since a minute ago.
  status["autoscaling"]["panic"] = {{"calmSince", "2026-11-21T11:59:00Z"}};
  const auto nextOf = [&] {
    const AppView view = webView({{"autoscaling", policy}}, status);
    return nextChange(*view.app.spec.autoscaling, view.status.autoscaling, kNow, 3600s);
  };
  ASSERT_TRUE(nextOf());
  EXPECT_EQ(nextOf()->at, kNow + 540s) << "after the window of 300 s, which would do without the panic";
  EXPECT_EQ(nextOf()->to, 2);
  status["autoscaling"]["panic"] = json::object();
  EXPECT_FALSE(nextOf()) << "still crossing: as long as that stays, nothing falls";
}

TEST(NextChange, IsNoneWhereTheMetricIsMet) { EXPECT_FALSE(next(500)); }
TEST(NextChange, IsNoneBeyondTheHorizon) { EXPECT_FALSE(next(200, 60s)); }

}  // namespace
}  // namespace tidewright::cli
