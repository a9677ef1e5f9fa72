#include <gmock/gmock.h>

#include "cli/render_history.h"
#include "cli/render_tree.h"
#include "tests/unit/cli/app_fixtures.h"

namespace tidewright::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

TEST(Tree, ShowsTheCanaryItsStepItsWeightsAndThePodThatFails) {
  EXPECT_EQ(renderTree(webView(), kNow, 80), R"(web: Paused
  revision bbb: 0 of 4 pods are available; waiting for promote
  pods      4 wanted, 4 there, 3 ready, 3 available, 1 updated; wanted by
            spec.replicas
  rollout   Canary to bbb, step 2 of 3 (pause until promote), weight 25 % asked,
            0 % reached, waiting for 30s

REVISION / POD  STATE             RESTARTS  AGE  IMAGE
#3 bbb canary   0/1 ready                   57m  web:2
└─ web-bbb-1    CrashLoopBackOff         3  10m
     container app: back-off 40s restarting failed container
#2 aaa stable   3/3 ready                   58m  web:1
├─ web-aaa-1    Ready                    0  10m
├─ web-aaa-2    Ready                    0  10m
└─ web-aaa-3    Ready                    0  10m
)");
}

TEST(Tree, AnImageIsShownByWhatTellsItApart) {
  const auto sets = {replicaSet("bbb", 1, "host:5000/team/web@sha256:0123456789abcdef0123456789abcdef", 1, 1),
                     replicaSet("aaa", 2, "host:5000/web:1.2", 1, 1)};
  const std::string text = renderTree(viewOf(webObject(), sets, {}), kNow, 0);
  EXPECT_THAT(text, HasSubstr("m  web@sha256:0123456789ab\n"));
  EXPECT_THAT(text, HasSubstr("m  web:1.2\n"));
}

TEST(Tree, NoLineIsWiderThanTheTerminal) {
  for (const int width : {40, 60, 80}) {
    const nlohmann::json status = {{"message", std::string(30, 'x') + " " + std::string(30, 'y')}};
    for (const std::string& line : linesOf(renderTree(webView({}, status), kNow, width))) {
      EXPECT_LE(line.size(), static_cast<std::size_t>(width) + 4) << line;  // the tree's glyphs have 3 bytes each
    }
  }
}

TEST(Tree, ReadsTheSameAtAnotherTimeButForTheAges) {
  EXPECT_EQ(renderTree(webView(), kNow, 0), renderTree(webView(), kNow, 0));
  EXPECT_NE(renderTree(webView(), kNow, 0), renderTree(webView(), kNow + std::chrono::minutes(2), 0));
}

TEST(Tree, TellsTheAnalysisAndTheLastCommand) {
  const nlohmann::json status = nlohmann::json::parse(R"({
    "lastCommand": {"name": "retry", "time": "2026-11-21T11:59:48Z", "result": "revision bbb is tried again"},
    "rollout": {"analysis": [{"name": "errors", "phase": "Inconclusive", "startedAt": "2026-11-21T11:58:00Z",
                              "successful": 2, "inconclusive": 1, "message": "there is no data",
                              "measurements": [
                                {"at": "2026-11-21T11:58:30Z", "result": "Successful", "value": 0.001},
                                {"at": "2026-11-21T11:59:00Z", "result": "Successful", "value": 0.0125}]}]}})");
  const std::string text = renderTree(webView({}, status), kNow, 0);
  EXPECT_THAT(text, HasSubstr("  command   retry, 12s ago: revision bbb is tried again\n"));
  EXPECT_THAT(text, HasSubstr("  analysis  errors Inconclusive: 2 good, 0 bad, 1 unclear, last 0.0125; there is no "
                              "data\n"));
}

TEST(Tree, SaysThatTheStatusIsOlderThanTheSpec) {
  const std::string text = renderTree(webView({}, {{"observedGeneration", 3}}), kNow, 0);
  EXPECT_THAT(text, HasSubstr("has not answered to the last change"));
}

TEST(Tree, OfAHealthyAppHasNoRollout) {
  const nlohmann::json status = {{"phase", "Healthy"}, {"stableRevision", "bbb"}, {"rollout", nullptr}};
  const std::string text = renderTree(webView({}, status), kNow, 0);
  EXPECT_THAT(text, Not(HasSubstr("rollout")));
  EXPECT_THAT(text, HasSubstr("#3 bbb stable"));
}

TEST(Tree, SaysWhatIsUndoneAndWhy) {
  auto sets = webSets();
  sets[2]["metadata"]["annotations"]["tidewright.dev/failed"] = "CrashLoopBackOff: 1 pod";
  const AppView view =
      viewOf(webObject({}, {{"phase", "RolledBack"}, {"rollout", {{"revision", "aaa"}, {"stepCount", nullptr}}}}), sets,
             webPods());
  const std::string text = renderTree(view, kNow, 0);
  EXPECT_THAT(text, HasSubstr("rollout   bbb is undone, aaa serves\n"));
  EXPECT_THAT(text, HasSubstr("#3 bbb failed"));
  EXPECT_THAT(text, HasSubstr("     CrashLoopBackOff: 1 pod\n"));
}

TEST(Tree, ASpecThatCannotBeReadStillShowsWhatTheStatusSays) {
  const nlohmann::json status = {{"phase", "Invalid"}, {"message", "spec.rollout.maxSurge: write 1 or 25%"}};
  const std::string text = renderTree(webView({{"rollout", {{"maxSurge", "many"}}}}, status), kNow, 0);
  EXPECT_THAT(text, HasSubstr("web: Invalid\n  spec.rollout.maxSurge: write 1 or 25%\n"));
}

TEST(History, ListsWhatIsKeptTheLatestFirst) {
  auto sets = webSets();
  sets[2]["metadata"]["annotations"]["tidewright.dev/failed"] = "Aborted: a command asked for it";
  EXPECT_EQ(renderHistory(viewOf(webObject(), sets, {}), kNow, 0),
            "NUMBER  REVISION  PODS  AGE  IMAGE           MARKS\n"
            "     3  bbb          1  57m  registry/web:2  current, failed: Aborted: a command asked for it\n"
            "     2  aaa          3  58m  registry/web:1  stable\n"
            "     1  ccc          0  59m  registry/web:0\n");
}

TEST(History, OfShardsIsATableForEach) {
  const nlohmann::json status = {{"shards",
                                  {{{"name", "eu"}, {"desired", 2}, {"currentRevision", "aaa"}},
                                   {{"name", "us"}, {"desired", 1}, {"currentRevision", "bbb"}}}}};
  const AppView view =
      viewOf(webObject({{"shards", {{{"name", "eu"}}, {{"name", "us"}}}}}, status),
             {replicaSet("aaa", 1, "web:1", 2, 2, "eu"), replicaSet("bbb", 1, "web:1", 1, 1, "us")}, {});
  const std::string text = renderHistory(view, kNow, 0);
  EXPECT_THAT(text, HasSubstr("shard eu\nNUMBER"));
  EXPECT_THAT(text, HasSubstr("\n\nshard us\nNUMBER"));
}

TEST(History, LeavesOutWhatSomebodyElseOwns) {
  nlohmann::json foreign = replicaSet("ddd", 9, "web:9", 1, 1);
  foreign["metadata"]["ownerReferences"][0]["uid"] = "u-other";
  EXPECT_THAT(renderHistory(viewOf(webObject(), {foreign}, {}), kNow, 0), HasSubstr("has no revisions yet"));
}

}  // namespace
}  // namespace tidewright::cli
