#include "operator/decide/rollout_turn.h"

#include <algorithm>

#include "operator/decide/canary_steps.h"

namespace tidewright::decide {
namespace {

/// Both sides have the pods that the weight asks for, and nobody else has any.
bool hasWeight(const RolloutTurn& turn, int32_t weight) {
  const Revisions& revisions = turn.revisions;
  const CanaryCounts want = canaryCounts(turn.in.desired, weight, turn.limits.surge);
  for (size_t i = 0; i < revisions.sets.size(); ++i) {
    const bool older = i != revisions.goal && i != revisions.stable;
    if (older && revisions.sets[i].available > 0) return false;
  }
  const int32_t canaryReplicas = turn.goal() == nullptr ? 0 : turn.goal()->replicas;
  return canaryReplicas == want.canary && revisions.sets[*revisions.stable].replicas == want.stable &&
         turn.available(revisions.goal) >= want.canary && turn.available(revisions.stable) >= want.stable;
}

/// The canary keeps its pods, and the stable side makes up for the rest of the count, which may change meanwhile.
CanaryCounts asTheyAre(const RolloutTurn& turn) {
  const int32_t canary = std::min(turn.goal()->replicas, turn.in.desired);
  const int32_t least = turn.in.desired - canary;
  return {.canary = canary,
          .stable = std::clamp(turn.revisions.sets[*turn.revisions.stable].replicas, least, least + turn.limits.surge)};
}

/// In the step as it was, although it may be done.
CanaryProgress stay(const RolloutTurn& turn, const CanaryProgress& on, bool still) {
  const bool sameStep = on.stepIndex == turn.memory.stepIndex;
  CanaryProgress at{.stepIndex = turn.memory.stepIndex,
                    .weight = weightAt(turn.in.spec.steps, turn.memory.stepIndex),
                    .pausedAt = sameStep ? on.pausedAt : turn.memory.pausedAt,
                    .lookAgain = sameStep ? on.lookAgain : std::nullopt,
                    .waits = (sameStep && on.waits) || turn.goalHasItsPods(),
                    .why = turn.background->message};
  if (still && turn.goalHasItsPods()) at.pausedAt = turn.memory.pausedAt ? turn.memory.pausedAt : turn.now;
  return at;
}

}  // namespace

Sizes stepCanary(RolloutTurn& turn) {
  const auto settled = [&turn](int32_t weight) {
    return turn.in.route ? routeHasWeight(turn, weight) : hasWeight(turn, weight);
  };
  CanaryProgress at = advance(turn.in.spec, turn.memory, turn.promoteAsked, turn.stepAnalysis, turn.now, settled);
  const bool still = turn.standsStill();
  const bool ends = at.stepIndex == turn.memory.stepCount && turn.memory.stepIndex < turn.memory.stepCount;
  if (still || (ends && !turn.mayFinish())) {
    at = stay(turn, at, still);
    // After the last step nothing is left that a person could skip but the wait for the analysis.
    if (turn.promoteAsked && ends) turn.memory.promoteFull = true;
  }
  const bool moved = at.stepIndex != turn.memory.stepIndex;
  if (moved) turn.memory.availableHighWater = turn.memory.replicasHighWater = 0;
  // A step that was taken is progress. No deadline runs while one waits, nor when the canary has its pods already.
  if (at.waits || turn.available(turn.revisions.goal) >= turn.canaryPods(at.weight)) {
    turn.memory.progressedAt.reset();
  } else if (moved) {
    turn.memory.progressedAt = turn.now;
  }
  turn.memory.stepIndex = at.stepIndex;
  turn.memory.pausedAt = at.pausedAt;
  turn.memory.desiredWeight = at.weight;
  turn.stepsDone = at.stepIndex == static_cast<int32_t>(turn.in.spec.steps.size());
  const int64_t canaries = turn.available(turn.revisions.goal);
  const int64_t all = canaries + turn.available(turn.revisions.stable);
  turn.memory.weight = all == 0 ? 0 : static_cast<int32_t>((100 * canaries + all / 2) / all);
  turn.memory.message = at.why;
  turn.out.why.push_back(at.why);
  turn.lookAgainAt(at.lookAgain);
  if (turn.in.route) return routedSizes(turn, at.weight, still);
  const CanaryCounts want = still ? asTheyAre(turn) : canaryCounts(turn.in.desired, at.weight, turn.limits.surge);
  return canarySizes(turn.revisions, want, turn.in.desired, turn.limits);
}

}  // namespace tidewright::decide
