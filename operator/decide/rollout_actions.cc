#include "operator/decide/rollout_turn.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidewright::decide {
namespace {

std::optional<UpdateReplicaSet> update(const RolloutTurn& turn, size_t i) {
  const ReplicaSetView& set = turn.revisions.sets[i];
  UpdateReplicaSet update{.name = set.name, .from = set.replicas};
  if (turn.sizes.replicas[i] != set.replicas) update.replicas = turn.sizes.replicas[i];
  const auto before = annotationsOf(set.record);
  const auto after = annotationsOf(turn.records[i]);
  for (const auto& [name, value] : after) {
    const auto old = before.find(name);
    if (old == before.end() || old->second != value) update.annotations[name] = value;
  }
  for (const auto& [name, value] : before) {
    if (!after.contains(name)) update.annotations[name] = std::nullopt;
  }
  if (!update.replicas && update.annotations.empty()) return std::nullopt;
  return update;
}

}  // namespace

/// What failed first, so that dying in the middle cannot forget it; then what shrinks, which makes the room for what
/// grows.
void writeActions(RolloutTurn& turn) {
  std::vector<UpdateReplicaSet> first, shrink, grow;
  for (size_t i = 0; i < turn.revisions.sets.size(); ++i) {
    const std::optional<UpdateReplicaSet> change = update(turn, i);
    if (!change) continue;
    const int32_t size = turn.sizes.replicas[i];
    if (size != change->from) {
      turn.out.why.push_back(
          fmt::format("revision {} from {} to {} pods", turn.revisions.sets[i].revision, change->from, size));
    }
    if (size > change->from) {
      grow.push_back(*change);
    } else {
      const bool failedNow =
          turn.records[i].failed != turn.revisions.sets[i].record.failed && !turn.records[i].failed.empty();
      (failedNow ? first : shrink).push_back(*change);
    }
  }
  for (const auto* group : {&first, &shrink, &grow}) {
    turn.out.actions.insert(turn.out.actions.end(), group->begin(), group->end());
  }
  // While sizes are adjusted to a new count, and while Recreate waits for the old pods, nothing is created yet.
  const bool late =
      turn.in.spec.strategy == api::RolloutStrategy::Recreate && turn.in.desired > 0 && turn.sizes.created == 0;
  if (turn.in.paused || turn.revisions.goal || late || turn.holdsCreation || (turn.scaled && !turn.out.actions.empty()))
    return;
  turn.out.actions.emplace_back(CreateReplicaSet{turn.in.target, turn.sizes.created, turn.created});
  turn.out.why.push_back(
      fmt::format("revision {} is new, with {} pods at first", turn.in.target.hash, turn.sizes.created));
}

void pruneHistory(RolloutTurn& turn) {
  if (!turn.out.actions.empty() || !turn.goalIsWhole()) return;
  std::vector<const ReplicaSetView*> old;
  for (size_t i = 0; i < turn.revisions.sets.size(); ++i) {
    const ReplicaSetView& set = turn.revisions.sets[i];
    const bool kept = i == turn.revisions.goal || i == turn.revisions.stable || i == turn.target;
    if (!kept && set.replicas == 0 && set.pods == 0) old.push_back(&set);
  }
  std::ranges::sort(old, {}, [](const ReplicaSetView* set) { return set->record.number; });
  const auto excess = static_cast<int64_t>(old.size()) - turn.in.revisionHistoryLimit;
  for (int64_t i = 0; i < excess; ++i)
    turn.out.actions.emplace_back(DeleteReplicaSet{old[static_cast<size_t>(i)]->name});
}

}  // namespace tidewright::decide
