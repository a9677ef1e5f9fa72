#include "operator/decide/rollout_turn.h"

#include <fmt/format.h>

namespace tidewright::decide {

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
    case Command::Retry:
      if (turn.target && !turn.records[*turn.target].failed.empty()) {
        turn.records[*turn.target].failed.clear();
        turn.retried = true;
        turn.out.commandResult = fmt::format("revision {} is tried again", turn.in.target.hash);
      } else {
        turn.out.commandResult = "nothing failed, so there is nothing to retry";
      }
      return;
    case Command::Abort:
      if (underWay) {
        undo(turn, {"Aborted", "a command asked for it"});
        turn.out.commandResult = fmt::format("back to revision {}", turn.stableName());
      } else {
        turn.out.commandResult = "no rollout is under way that could be aborted";
      }
      return;
    case Command::Promote:
    case Command::PromoteFull:
      turn.promoteAsked = underWay;
      turn.out.commandResult = underWay ? fmt::format("revision {} goes on", turn.in.target.hash)
                                        : "no rollout is under way that could be promoted";
      return;
  }
}

}  // namespace tidewright::decide
