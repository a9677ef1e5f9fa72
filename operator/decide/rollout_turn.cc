#include "operator/decide/rollout_turn.h"

#include <algorithm>
#include <tuple>

namespace tidewright::decide {
namespace {

bool olderThan(const ReplicaSetView& a, const ReplicaSetView& b) {
  return std::tie(a.createdAt, a.record.number, a.name) < std::tie(b.createdAt, b.record.number, b.name);
}

}  // namespace

RolloutTurn::RolloutTurn(const RolloutInput& input, WallTime exactNow)
    : in(input),
      now(std::chrono::floor<std::chrono::seconds>(exactNow)),
      limits(resolveLimits(input.spec.maxSurge, input.spec.maxUnavailable, input.desired)),
      background(input.background),
      stepAnalysis(input.stepAnalysis) {
  revisions.sets = in.replicaSets;
  std::ranges::sort(revisions.sets, olderThan);
  for (const ReplicaSetView& set : revisions.sets) {
    records.push_back(set.record);
    sizes.replicas.push_back(set.replicas);
  }
}

const ReplicaSetView* RolloutTurn::goal() const { return revisions.goal ? &revisions.sets[*revisions.goal] : nullptr; }

std::string RolloutTurn::stableName() const {
  return revisions.stable ? revisions.sets[*revisions.stable].revision : std::string();
}

int32_t RolloutTurn::available(std::optional<size_t> set) const {
  return set ? std::min(revisions.sets[*set].available, revisions.sets[*set].replicas) : 0;
}

bool RolloutTurn::besideStable() const {
  return in.spec.strategy == api::RolloutStrategy::Canary && rolling() && revisions.stable.has_value();
}

int32_t RolloutTurn::canaryPods(int32_t weight) const {
  return in.route ? routedPods(in.desired, weight) : canaryCounts(in.desired, weight, limits.surge).canary;
}

bool RolloutTurn::goalHasItsPods() const { return goal() != nullptr && available(revisions.goal) >= goal()->replicas; }

bool RolloutTurn::goalHasAllPods() const {
  return in.desired > 0 && goal() != nullptr && goal()->replicas >= in.desired && goal()->available >= in.desired;
}

bool RolloutTurn::goalIsWhole() const {
  const ReplicaSetView* updated = goal();
  if (updated == nullptr || updated->replicas != in.desired || updated->available < in.desired) return false;
  return std::ranges::all_of(revisions.sets, [&](const ReplicaSetView& set) {
    return set.replicas == 0 || set.revision == updated->revision;
  });
}

bool RolloutTurn::standsStill() const {
  return background && background->result >= Verdict::Result::Inconclusive && !memory.promoteFull && !promoteAsked &&
         rolling() && revisions.stable && goal() != nullptr;
}

bool RolloutTurn::mayFinish() const {
  return !background || background->result <= Verdict::Result::Running || memory.promoteFull || !revisions.stable;
}

void RolloutTurn::lookAgainAt(std::optional<WallTime> time) {
  // What is over already needs no second look; without this a missed deadline would be looked at without a pause.
  if (!time || *time <= now) return;
  if (!out.lookAgain || *time < *out.lookAgain) out.lookAgain = time;
}

}  // namespace tidewright::decide
