#include "operator/decide/rollout_turn.h"

#include <fmt/format.h>

namespace tidewright::decide {
namespace {

constexpr std::string_view kAborted = "Aborted";

/// Something speaks against the target, and nothing was undone.
bool standsFailed(const RolloutTurn& turn) {
  const api::RolloutStatus& stored = turn.in.status.rollout;
  if (turn.in.spec.autoRollback || !turn.target || turn.isStable(turn.target)) return false;
  return stored.revision == turn.in.target.hash && findFailure(turn.in.spec, {turn.background, turn.stepAnalysis},
                                                               stored, &turn.revisions.sets[*turn.target], turn.now);
}

/// The target became the whole app, and who saw to that did not live to store it.
bool endedUnsaid(const RolloutTurn& turn) {
  const api::WorkloadStatus& stored = turn.in.status;
  return turn.isStable(turn.target) && stored.currentRevision == turn.in.target.hash &&
         !stored.stableRevision.empty() && stored.stableRevision != turn.in.target.hash;
}

/// Its failure was taken back, and who saw to that did not live to store it: the status is still that of the stable
/// revision, which it went back to.
bool retriedUnsaid(const RolloutTurn& turn) {
  const api::WorkloadStatus& stored = turn.in.status;
  return turn.target && !turn.isStable(turn.target) && stored.currentRevision == turn.in.target.hash &&
         !stored.rollout.revision.empty() && stored.rollout.revision != turn.in.target.hash;
}

void retry(RolloutTurn& turn) {
  const bool undone = turn.target && !turn.records[*turn.target].failed.empty();
  if (!undone && !standsFailed(turn) && !retriedUnsaid(turn)) {
    turn.out.commandResult = "nothing failed, so there is nothing to retry";
    return;
  }
  turn.retried = true;
  turn.records[*turn.target].failed.clear();
  // Nothing is found good by what was measured before, and nothing bad.
  if (turn.background) turn.background = Verdict{Verdict::Result::NotYet, "it is measured anew"};
  turn.stepAnalysis.reset();
  turn.out.commandResult = fmt::format("revision {} is tried again", turn.in.target.hash);
}

}  // namespace

std::optional<Command> parseCommand(std::string_view text) {
  if (text == "promote") return Command::Promote;
  if (text == "promote-full") return Command::PromoteFull;
  if (text == "abort") return Command::Abort;
  if (text == "retry") return Command::Retry;
  return std::nullopt;
}

void undo(RolloutTurn& turn, const Failure& failure) {
  turn.records[*turn.target].failed = fmt::format("{}: {}", failure.reason, failure.message);
  turn.out.events.push_back({.warning = true,
                             .reason = "RolledBack",
                             .message = fmt::format("revision {} is undone, {} serves: {}", turn.in.target.hash,
                                                    turn.stableName(), turn.records[*turn.target].failed)});
}

void takeCommand(RolloutTurn& turn) {
  if (!turn.in.command) return;
  const bool underWay = turn.target && turn.revisions.stable && turn.target != turn.revisions.stable &&
                        turn.records[*turn.target].failed.empty();
  switch (*turn.in.command) {
    case Command::Retry: retry(turn); return;
    case Command::Abort:
      if (underWay) {
        undo(turn, {std::string(kAborted), "a command asked for it"});
      }
      // Asked again of what was aborted, it says the same: who aborted it may not have lived to say it.
      if (turn.target && turn.revisions.stable && turn.records[*turn.target].failed.starts_with(kAborted)) {
        turn.out.commandResult = fmt::format("back to revision {}", turn.stableName());
      } else {
        turn.out.commandResult = "no rollout is under way that could be aborted";
      }
      return;
    case Command::Promote:
    case Command::PromoteFull:
      turn.promoteAsked = underWay;
      turn.out.commandResult = underWay || endedUnsaid(turn) ? fmt::format("revision {} goes on", turn.in.target.hash)
                                                             : "no rollout is under way that could be promoted";
      return;
  }
}

}  // namespace tidewright::decide
