#include "operator/control/unhurried.h"

#include <algorithm>
#include <string>
#include <variant>

#include "operator/decide/progress.h"

namespace tidewright::control {
namespace {

bool isBudget(const nlohmann::json& child) { return child.at("kind") == "PodDisruptionBudget"; }

bool isPromotionAlone(const Plan& plan, const Snapshot& snapshot) {
  const decide::RolloutDecision& rollout = plan.workloads.front().rollout;
  if (snapshot.replicaSets.size() != 1 || rollout.actions.size() != 1 || !rollout.complete) return false;
  const auto* update = std::get_if<decide::UpdateReplicaSet>(&rollout.actions.front());
  return update != nullptr && !update->replicas && update->annotations.size() == 1 &&
         update->annotations.contains(std::string(decide::kPromotedAtAnnotation));
}

/// There is one pod at most, and after the plan too.
bool isOfOnePod(const Plan& plan, const Snapshot& snapshot) {
  size_t sets = snapshot.replicaSets.size();
  int32_t most = 0;
  for (const SeenReplicaSet& set : snapshot.replicaSets) most = std::max({most, set.view.replicas, set.view.pods});
  for (const decide::RolloutAction& action : plan.workloads.front().rollout.actions) {
    if (const auto* create = std::get_if<decide::CreateReplicaSet>(&action)) {
      ++sets;
      most = std::max(most, create->replicas);
    } else if (const auto* update = std::get_if<decide::UpdateReplicaSet>(&action)) {
      most = std::max(most, update->replicas.value_or(0));
    }
  }
  return sets <= 1 && most <= 1;
}

/// By its reason: what is said of it may name another pod or count other nodes each time.
bool hasNewProblem(const Snapshot& snapshot, const api::ScaledAppStatus& stored) {
  const api::Condition* progressing = api::findCondition(stored.conditions, "Progressing");
  const std::string told = progressing == nullptr ? "" : progressing->message;
  return std::ranges::any_of(snapshot.replicaSets, [&](const SeenReplicaSet& set) {
    const decide::PodProblem* worst = decide::worstProblem(set.view.problems);
    return worst != nullptr && told.find(worst->reason) == std::string::npos;
  });
}

}  // namespace

UnhurriedWrites unhurriedWrites(const Plan& plan, const Snapshot& snapshot, const api::ScaledAppStatus& stored) {
  if (plan.workloads.size() != 1) return {};
  const api::Condition* valid = api::findCondition(stored.conditions, "Valid");
  const bool wasRefused = valid != nullptr && valid->status == api::ConditionStatus::False;
  const bool isMissing = snapshot.budgets.empty() && std::ranges::any_of(plan.children, isBudget);
  return {.promotion = isPromotionAlone(plan, snapshot),
          .budget = isMissing && !wasRefused && isOfOnePod(plan, snapshot)};
}

void takeOut(Plan& plan, const UnhurriedWrites& writes) {
  if (writes.promotion) plan.workloads.front().rollout.actions.clear();
  if (writes.budget) std::erase_if(plan.children, isBudget);
}

bool tellsOnlyOfArrival(const api::ScaledApp& app, const Snapshot& snapshot, const api::ScaledAppStatus& stored,
                        const api::ScaledAppStatus& wanted) {
  const auto arrives = [](const api::ScaledAppStatus& status) {
    return status.phase == api::Phase::Progressing && status.workload.stableRevision.empty() && status.shards.empty();
  };
  // A first status has marks of progress as well; until one pod is there the next look finds the same ones.
  const bool sameMarks = stored.workload.currentRevision.empty() ? wanted.workload.rollout.availableHighWater == 0
                                                                 : stored.workload.rollout == wanted.workload.rollout;
  return arrives(stored) && arrives(wanted) && sameMarks && !hasNewProblem(snapshot, stored) && !app.spec.autoscaling &&
         app.spec.rollout.analysis.empty();
}

}  // namespace tidewright::control
