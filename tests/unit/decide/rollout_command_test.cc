#include <gtest/gtest.h>

#include "operator/decide/rollout.h"
#include "tests/unit/decide/rollout_fixtures.h"

namespace tidewright::decide {
namespace {

TEST(ParseCommand, KnowsItsFourWords) {
  EXPECT_EQ(parseCommand("promote"), Command::Promote);
  EXPECT_EQ(parseCommand("promote-full"), Command::PromoteFull);
  EXPECT_EQ(parseCommand("abort"), Command::Abort);
  EXPECT_EQ(parseCommand("retry"), Command::Retry);
  for (const char* text : {"", "Promote", "promote "}) EXPECT_EQ(parseCommand(text), std::nullopt) << text;
}

TEST(TakeCommand, AnswersWhereThereIsNothingToDo) {
  for (const Command command : {Command::Promote, Command::PromoteFull, Command::Abort, Command::Retry}) {
    auto in = input({set("new", {.promoted = true})});
    in.status = decideRollout(in, t0).status;
    in.command = command;
    const auto decision = decideRollout(in, t0);
    EXPECT_NE(decision.commandResult, "");
    EXPECT_TRUE(decision.actions.empty());
    EXPECT_EQ(decision.status, in.status);
  }
}

/// Killed after the failure was taken back from the ReplicaSet and before that was stored, the next operator finds the
/// command still there.
TEST(TakeCommand, RetryAskedAgainSaysTheSame) {
  auto in =
      input({set("old", {.promoted = true}),
             set("new", {.replicas = 0, .available = 0, .number = 2, .failed = "Aborted: a command asked for it"})});
  in.status = decideRollout(in, t0).status;
  in.command = Command::Retry;
  const auto first = decideRollout(in, t0);
  EXPECT_EQ(first.commandResult, "revision new is tried again");
  in.replicaSets[1].record.failed.clear();
  in.replicaSets[1].replicas = in.replicaSets[1].pods = 1;
  const auto again = decideRollout(in, t0);
  EXPECT_EQ(again.commandResult, first.commandResult);
  EXPECT_EQ(again.status.rollout, first.status.rollout);
  in.status = again.status;
  EXPECT_EQ(decideRollout(in, t0).commandResult, "nothing failed, so there is nothing to retry");
}

/// What failed and was not undone is tried again only if it is what is being asked for.
TEST(TakeCommand, RetryOfWhatTheStatusDoesNotKnowDoesNothing) {
  auto in = canaryAt(2, 3, {api::SetWeight{20}, api::Pause{}});
  in.spec.autoRollback = false;
  in.background = Verdict{Verdict::Result::Failed, "errors is 0.05"};
  in.command = Command::Retry;
  EXPECT_EQ(decideRollout(in, t0).commandResult, "nothing failed, so there is nothing to retry");
}

}  // namespace
}  // namespace tidewright::decide
