#include <gmock/gmock.h>

#include "cli/ask.h"
#include "cli/edit.h"
#include "cli/get.h"
#include "cli/status.h"
#include "cli/tell.h"
#include "cli/undo.h"
#include "operator/http/fake_transport.h"
#include "tests/unit/cli/app_fixtures.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// An API server in memory with the one app, and an operator that answers as the test wants it to.
class Commands : public testing::Test {
 protected:
  http::FakeAnswer answer(int status, const json& body) {
    return {.response = {.status = status, .headers = {}, .body = body.dump()}};
  }

  Result<http::FakeAnswer> serve(const http::Request& request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (away_ > 0) {
      --away_;
      return fail(ErrorCode::Unavailable, "connection refused");
    }
    if (path == "/apis/tidewright.dev/v1alpha1") return answer(crd_ ? 200 : 404, json::object());
    if (path.ends_with("/replicasets"))
      return answer(200, {{"metadata", {{"resourceVersion", "1"}}}, {"items", sets_}});
    if (path.ends_with("/pods")) return answer(200, {{"metadata", {{"resourceVersion", "1"}}}, {"items", webPods()}});
    if (path != "/apis/tidewright.dev/v1alpha1/namespaces/shop/scaledapps/web" || !crd_) {
      return answer(404, {{"kind", "Status"}, {"reason", "NotFound"}, {"message", "not found"}});
    }
    if (request.method == "PATCH") {
      patches_.push_back(json::parse(request.body));
      if (patches_.back().is_array()) {
        if (refused_) return answer(422, {{"kind", "Status"}, {"reason", "Invalid"}, {"message", "test failed"}});
        app_ = app_.patch(json::array({patches_.back()[1]}));
      } else {
        app_.merge_patch(patches_.back());
      }
    } else if (operator_) {
      operator_(app_);
    }
    return answer(200, app_);
  }

  std::string text_;
  json app_ = webObject();
  std::vector<json> sets_ = webSets();
  std::vector<json> patches_;
  std::function<void(json& app)> operator_;  ///< Acts whenever somebody looks
  bool crd_ = true;
  bool refused_ = false;
  int away_ = 0;
  FakeClock clock_;
  http::FakeTransport transport_{[this](const http::Request& request) { return serve(request); }};
  kube::Client client_{transport_, {.fieldManager = "kubectl-tide"}};
  int looks_ = 1'000'000;
  Session session_{.client = client_,
                   .clock = clock_,
                   .ns = "shop",
                   .server = "https://cluster",
                   .sleep =
                       [this](std::chrono::nanoseconds time, const std::stop_token&) {
                         clock_.advance(time);
                         return --looks_ > 0;
                       },
                   .print = [this](std::string_view text) { text_ += text; }};
};

/// Takes the command and leaves the result, as the operator does.
void takeCommand(json& app, const std::string& result) {
  json& annotations = app["metadata"]["annotations"];
  if (!annotations.is_object() || !annotations.contains("tidewright.dev/command")) return;
  const std::string name = annotations["tidewright.dev/command"];
  annotations.erase("tidewright.dev/command");
  app["status"]["lastCommand"] = {{"name", name}, {"time", "2026-11-21T12:00:00Z"}, {"result", result}};
}

TEST_F(Commands, ACommandIsAskedForAndItsResultPrinted) {
  operator_ = [](json& app) { takeCommand(app, "revision bbb goes on"); };
  EXPECT_EQ(run(AskOptions{.name = "web", .command = "promote"}, session_), kDone);
  EXPECT_EQ(text_, "promote: revision bbb goes on\n");
  ASSERT_EQ(patches_.size(), 1U);
  EXPECT_EQ(patches_[0], (json{{"metadata", {{"annotations", {{"tidewright.dev/command", "promote"}}}}}}));
}

TEST_F(Commands, TheSameResultOnceMoreIsAnAnswerToo) {
  operator_ = [](json& app) { takeCommand(app, "revision bbb goes on"); };
  ASSERT_EQ(run(AskOptions{.name = "web", .command = "promote"}, session_), kDone);
  EXPECT_EQ(run(AskOptions{.name = "web", .command = "promote"}, session_), kDone);
}

TEST_F(Commands, ACommandThatNobodyTakesIsAnError) {
  const Result<int> result = run(AskOptions{.name = "web", .command = "abort", .timeout = 10s}, session_);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("the operator has not taken \"abort\" within 10 s"));
}

TEST_F(Commands, ACommandThatWaitsAlreadyIsNotReplaced) {
  app_["metadata"]["annotations"] = {{"tidewright.dev/command", "retry"}};
  const Result<int> result = run(AskOptions{.name = "web", .command = "abort"}, session_);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("take \"retry\""));
  EXPECT_TRUE(patches_.empty());
}

TEST_F(Commands, ATargetRefHasNoRollouts) {
  app_["spec"].erase("template");
  app_["spec"]["targetRef"] = {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "old"}};
  for (const Result<int>& result : {run(AskOptions{.name = "web", .command = "abort"}, session_),
                                    run(UndoOptions{.name = "web"}, session_), run(RestartOptions{"web"}, session_)}) {
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message(), HasSubstr("targetRef"));
  }
  EXPECT_TRUE(patches_.empty());
}

TEST_F(Commands, AnUnknownAppSaysWhereWasLookedAndHowToListThem) {
  const Result<int> result = run(GetOptions{.name = "wbe"}, session_);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message(), HasSubstr("no ScaledApp wbe in namespace shop"));
  EXPECT_THAT(result.error().message(), HasSubstr("kubectl get sapp -n shop"));
}

TEST_F(Commands, AClusterWithoutTidewrightSaysWhatToInstall) {
  crd_ = false;
  EXPECT_THAT(run(GetOptions{.name = "web"}, session_).error().message(), HasSubstr("install Tidewright"));
}

TEST_F(Commands, AClusterThatDoesNotAnswerIsNamed) {
  away_ = 100;
  EXPECT_THAT(run(GetOptions{.name = "web"}, session_).error().message(), HasSubstr("https://cluster does not answer"));
}

TEST_F(Commands, UndoWritesBackWhatTheUserWrote) {
  EXPECT_EQ(run(UndoOptions{.name = "web"}, session_), kDone);
  ASSERT_EQ(patches_.size(), 1U);
  EXPECT_EQ(patches_[0],
            (json{{{"op", "test"}, {"path", "/metadata/generation"}, {"value", 4}},
                  {{"op", "replace"}, {"path", "/spec/template"}, {"value", podTemplate("registry/web:1")}}}));
  EXPECT_EQ(text_, "web goes back to revision aaa (number 2)\n");
}

TEST_F(Commands, UndoTakesTheRestartBackToo) {
  app_["spec"]["restartAt"] = "2026-11-21T10:00:00Z";
  EXPECT_EQ(run(UndoOptions{.name = "web", .toRevision = "1"}, session_), kDone);
  EXPECT_EQ(patches_.at(0).at(2), (json{{"op", "remove"}, {"path", "/spec/restartAt"}}));
}

TEST_F(Commands, UndoToARestartedRevisionSetsTheTimeAgain) {
  sets_[1]["metadata"]["annotations"]["undo.tidewright.dev/source"] =
      json{{"template", podTemplate("registry/web:1")}, {"restartAt", "2026-11-21T10:00:00Z"}}.dump();
  EXPECT_EQ(run(UndoOptions{.name = "web"}, session_), kDone);
  EXPECT_EQ(patches_.at(0).at(2),
            (json{{"op", "add"}, {"path", "/spec/restartAt"}, {"value", "2026-11-21T10:00:00Z"}}));
}

TEST_F(Commands, UndoSaysWhenItBecomesANewRevision) {
  sets_[1]["metadata"]["annotations"]["tidewright.dev/template"] = "0123456789abcdef";
  EXPECT_EQ(run(UndoOptions{.name = "web"}, session_), kDone);
  EXPECT_THAT(text_, HasSubstr("it becomes a new revision"));
}

TEST_F(Commands, UndoToWhatIsAskedForAlreadyWritesNothing) {
  EXPECT_EQ(run(UndoOptions{.name = "web", .toRevision = "bbb"}, session_), kDone);
  EXPECT_EQ(text_, "web asks for revision bbb already\n");
  EXPECT_TRUE(patches_.empty());
}

TEST_F(Commands, UndoOfAnEditThatTheOperatorHasNotSeenGoesBackToWhatRuns) {
  app_["metadata"]["generation"] = 5;
  app_["spec"]["template"] = podTemplate("registry/web:3");
  app_["status"]["stableRevision"] = "bbb";
  EXPECT_EQ(run(UndoOptions{.name = "web"}, session_), kDone);
  EXPECT_EQ(text_, "web goes back to revision bbb (number 3)\n");
}

TEST_F(Commands, UndoWithoutARecordSaysSo) {
  sets_[1]["metadata"]["annotations"].erase("undo.tidewright.dev/source");
  EXPECT_THAT(run(UndoOptions{.name = "web"}, session_).error().message(), HasSubstr("does not record"));
}

TEST_F(Commands, UndoDoesNotWriteOverSomebodyElsesEdit) {
  refused_ = true;
  operator_ = [](json& app) { app["metadata"]["generation"] = app["metadata"]["generation"].get<int>() + 1; };
  EXPECT_THAT(run(UndoOptions{.name = "web"}, session_).error().message(), HasSubstr("at the same moment"));
}

TEST_F(Commands, RestartAsksForNewerPods) {
  EXPECT_EQ(run(RestartOptions{"web"}, session_), kDone);
  EXPECT_EQ(patches_.at(0), (json{{"spec", {{"restartAt", "2026-11-21T00:00:00Z"}}}}));
  EXPECT_THAT(text_, Not(HasSubstr("paused")));
}

TEST_F(Commands, ARestartOfAPausedAppSaysThatItWaits) {
  app_["spec"]["paused"] = true;
  EXPECT_EQ(run(RestartOptions{"web"}, session_), kDone);
  EXPECT_THAT(text_, HasSubstr("kubectl-tide resume web"));
}

TEST_F(Commands, PauseAndResumeLeaveTheSpecAsItWas) {
  const json before = app_;
  EXPECT_EQ(run(PauseOptions{"web", true}, session_), kDone);
  EXPECT_EQ(app_["spec"]["paused"], true);
  EXPECT_EQ(run(PauseOptions{"web", true}, session_), kDone);
  EXPECT_THAT(text_, HasSubstr("web is paused already"));
  EXPECT_EQ(run(PauseOptions{"web", false}, session_), kDone);
  EXPECT_EQ(app_, before);
}

TEST_F(Commands, StatusWaitsUntilItIsThere) {
  operator_ = [this](json& app) {
    if (clock_.mono() > FakeClock().mono() + 5s) app["status"]["phase"] = "Healthy";
  };
  EXPECT_EQ(run(StatusOptions{"web"}, session_), kDone);
  EXPECT_THAT(text_, HasSubstr("web: Paused: "));
  EXPECT_THAT(text_, HasSubstr("web: Healthy: "));
}

TEST_F(Commands, StatusEndsWithTheFailure) {
  app_["status"]["phase"] = "RolledBack";
  EXPECT_EQ(run(StatusOptions{"web"}, session_), kFailed);
}

TEST_F(Commands, StatusEndsWhenTheTimeIsOver) {
  EXPECT_EQ(run(StatusOptions{"web", 60s}, session_), kTimedOut);
  EXPECT_THAT(text_, HasSubstr("web: not done within 1m\n"));
}

TEST_F(Commands, StatusOfAnOlderSpecIsNoAnswer) {
  app_["status"]["phase"] = "Healthy";
  app_["metadata"]["generation"] = 5;
  EXPECT_EQ(run(StatusOptions{"web", 60s}, session_), kTimedOut);
}

TEST_F(Commands, GetPrintsTheTree) {
  EXPECT_EQ(run(GetOptions{.name = "web"}, session_), kDone);
  EXPECT_EQ(text_.find("web: Paused\n"), 0U);
  EXPECT_THAT(text_, HasSubstr("└─ web-aaa-3"));
}

TEST_F(Commands, GetOfAShardThatIsNotThereSaysWhichAre) {
  app_["status"]["shards"] = {{{"name", "eu"}}, {{"name", "us"}}};
  EXPECT_THAT(run(GetOptions{.name = "web", .shard = "asia"}, session_).error().message(),
              HasSubstr("its shards are eu, us"));
}

TEST_F(Commands, WatchingIntoAFileWritesABlockAChange) {
  looks_ = 20;
  operator_ = [this](json& app) {
    if (looks_ < 10) app["status"]["phase"] = "Progressing";
  };
  EXPECT_EQ(run(GetOptions{.name = "web", .watch = true}, session_), kDone);
  EXPECT_EQ(text_.find("web: Paused\n"), text_.rfind("web: Paused\n")) << "the ages alone are no change";
  EXPECT_THAT(text_, HasSubstr("\n\nweb: Progressing\n"));
  EXPECT_THAT(text_, Not(HasSubstr("\x1b")));
}

TEST_F(Commands, WatchingOnATerminalRedrawsInPlaceAndOutlivesAServerThatIsAway) {
  looks_ = 4;
  session_.terminal = [] { return std::optional(TerminalSize{.columns = 80, .rows = 40}); };
  int frames = 0;
  std::string last;
  session_.print = [&](std::string_view text) {
    if (text.starts_with("\x1b[H")) ++frames;
    last = text;
    away_ = frames == 2 ? 1 : 0;
  };
  EXPECT_EQ(run(GetOptions{.name = "web", .watch = true}, session_), kDone);
  EXPECT_EQ(frames, 4) << "one write a frame";
  EXPECT_THAT(last, Not(HasSubstr("\x1b[2J")));
  EXPECT_THAT(last, HasSubstr("web: Paused"));
}

TEST_F(Commands, HistoryAndWhyPrint) {
  EXPECT_EQ(run(HistoryOptions{"web", ""}, session_), kDone);
  EXPECT_EQ(run(WhyOptions{"web", ""}, session_), kDone);
  EXPECT_THAT(text_, HasSubstr("NUMBER"));
  EXPECT_THAT(text_, HasSubstr("web is to have 4 pods."));
}

}  // namespace
}  // namespace tidewright::cli
