#include "operator/decide/rollout_turn.h"

#include <algorithm>
#include <cstdint>

namespace tidewright::decide {
namespace {

bool oldSideMayGo(RolloutTurn& turn) {
  if (!turn.isStable(turn.revisions.goal)) return true;
  const WallTime end = *turn.records[*turn.revisions.goal].promotedAt + turn.in.spec.scaleDownDelay;
  if (turn.now >= end || turn.out.rolledBack) return true;
  const bool old = std::ranges::any_of(turn.revisions.sets, [&turn](const ReplicaSetView& set) {
    return set.replicas > 0 && set.revision != turn.goal()->revision;
  });
  // One second more: `now` was rounded down, and looking a moment early would be looking for nothing.
  if (old) turn.lookAgainAt(std::chrono::ceil<std::chrono::seconds>(end));
  return false;
}

/// Both sides of a blue-green rollout run, and it is for a person to say which one it shall be.
bool awaitsPromotion(const RolloutTurn& turn) {
  return turn.in.spec.strategy == api::RolloutStrategy::BlueGreen && !turn.in.spec.autoPromote &&
         !turn.memory.promoteFull && turn.revisions.stable && turn.rolling() && turn.goalHasAllPods();
}

/// How a rollout without steps shows that it waits for an analysis or a person; a canary has its own account.
void notePause(RolloutTurn& turn) {
  const bool still = turn.standsStill();
  const bool asks = !still && awaitsPromotion(turn);
  if (still) turn.memory.message = turn.background->message;
  if (asks) turn.memory.message = "both sides run; paused until somebody promotes";
  if (asks || (still && turn.goalHasItsPods())) {
    if (!turn.memory.pausedAt) turn.memory.pausedAt = turn.now;
    turn.memory.progressedAt.reset();
  } else {
    turn.memory.pausedAt.reset();
  }
}

/// What failed gets no more pods, not even its share of a count that grows.
void holdFailed(RolloutTurn& turn) {
  for (size_t i = 0; i < turn.records.size(); ++i) {
    if (i == turn.revisions.goal || turn.records[i].failed.empty()) continue;
    turn.sizes.replicas[i] = std::min(turn.sizes.replicas[i], turn.revisions.sets[i].replicas);
  }
}

/// A share of another count is no progress of the revision's own: a load that swings must not keep a bad one alive.
void discountShare(RolloutTurn& turn) {
  if (turn.recounted && turn.revisions.goal) {
    turn.memory.replicasHighWater = turn.sizes.replicas[*turn.revisions.goal];
  }
}

void recordSizes(RolloutTurn& turn, int64_t cap) {
  const SizedFor sized{turn.in.desired, static_cast<int32_t>(std::min<int64_t>(cap, INT32_MAX))};
  for (size_t i = 0; i < turn.records.size(); ++i) {
    const bool resized = turn.sizes.replicas[i] != turn.revisions.sets[i].replicas;
    if (resized || (turn.scaled && turn.revisions.sets[i].replicas > 0)) turn.records[i].sizedFor = sized;
  }
  turn.created.sizedFor = sized;
}

}  // namespace

void resize(RolloutTurn& turn) {
  int64_t cap = int64_t{turn.in.desired} + turn.limits.surge;
  int32_t floor = turn.in.desired - turn.limits.unavailable;
  switch (turn.in.spec.strategy) {
    case api::RolloutStrategy::Recreate:
      turn.sizes = recreateSizes(turn.revisions, turn.in.desired);
      cap = turn.in.desired;
      floor = 0;
      break;
    case api::RolloutStrategy::BlueGreen:
      turn.sizes = blueGreenSizes(turn.revisions, turn.in.desired, oldSideMayGo(turn));
      cap = int64_t{2} * turn.in.desired;
      break;
    case api::RolloutStrategy::Canary:
      if (turn.in.route && turn.revisions.stable) {
        turn.sizes = routedCanary(turn);
        cap = int64_t{2} * turn.in.desired;
        break;
      }
      if (turn.besideStable()) {
        turn.sizes = stepCanary(turn);
        break;
      }
      [[fallthrough]];
    case api::RolloutStrategy::RollingUpdate:
      turn.scaled = needsScaling(turn.revisions, turn.in.desired);
      if (turn.scaled) {
        turn.sizes = scaledSizes(turn.revisions, turn.in.desired, turn.limits);
      } else if (!turn.standsStill()) {
        turn.sizes = rollingSizes(turn.revisions, turn.in.desired, turn.limits);
      }
      break;
  }
  if (!turn.besideStable() && !turn.holdsCreation) notePause(turn);
  holdFailed(turn);
  if (turn.in.spec.strategy != api::RolloutStrategy::Recreate)
    turn.sizes = withinLimits(std::move(turn.sizes), turn.revisions, floor, cap);
  discountShare(turn);
  recordSizes(turn, cap);
}

}  // namespace tidewright::decide
