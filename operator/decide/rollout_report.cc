#include "operator/decide/rollout_turn.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidewright::decide {
namespace {

ConditionValue progressing(const RolloutTurn& turn) {
  using enum api::ConditionStatus;
  const auto value = [](api::ConditionStatus status, std::string reason, std::string message) {
    return ConditionValue{"Progressing", status, std::move(reason), std::move(message)};
  };
  if (turn.out.rolledBack) {
    return value(False, "RolledBack",
                 fmt::format("revision {} was undone, {} serves: {}; change the template or ask for retry",
                             turn.in.target.hash, turn.stableName(), turn.records[*turn.target].failed));
  }
  if (turn.in.paused) return value(Unknown, "Paused", "spec.paused is set");
  if (turn.out.complete) {
    return value(True, "NewReplicaSetAvailable", fmt::format("revision {} is the whole app", turn.in.target.hash));
  }
  if (turn.failure) {
    const bool judged = turn.failure->reason.starts_with("Analysis");
    return value(False, judged ? turn.failure->reason : "ProgressDeadlineExceeded",
                 fmt::format("revision {}: {}: {}", turn.in.target.hash, turn.failure->reason, turn.failure->message));
  }
  if (turn.goal() == nullptr) {
    return value(True, "NewReplicaSetCreated", fmt::format("revision {} is being created", turn.in.target.hash));
  }
  std::string message = fmt::format("revision {}: {} of {} pods are available", turn.in.target.hash,
                                    std::min(turn.goal()->available, turn.goal()->replicas), turn.in.desired);
  if (!turn.memory.message.empty()) message += "; " + turn.memory.message;
  if (const PodProblem* problem = worstProblem(turn.goal()->problems)) {
    message += fmt::format("; {}: {}", problem->reason, problem->message);
  }
  return value(True, turn.rolling() ? "ReplicaSetUpdated" : "NewReplicaSetAvailable", std::move(message));
}

}  // namespace

void report(RolloutTurn& turn) {
  int64_t available = 0;
  for (const ReplicaSetView& set : turn.revisions.sets) {
    turn.out.counts.replicas += set.pods;
    turn.out.counts.readyReplicas += set.ready;
    available += std::min(set.available, set.replicas);
  }
  turn.out.counts.availableReplicas = static_cast<int32_t>(available);
  if (turn.target) turn.out.counts.updatedReplicas = turn.revisions.sets[*turn.target].replicas;
  turn.out.complete =
      turn.goalIsTarget && turn.goalIsWhole() && (turn.isStable(turn.revisions.goal) || turn.in.desired == 0);
  turn.out.status = {
      .stableRevision = turn.stableName(), .currentRevision = turn.in.target.hash, .rollout = turn.memory};
  if (turn.in.spec.strategy == api::RolloutStrategy::BlueGreen) {
    turn.out.activeRevision = turn.revisions.stable ? turn.stableName() : turn.in.target.hash;
    turn.out.previewRevision = turn.goalIsTarget ? turn.in.target.hash : turn.out.activeRevision;
  }
  const int32_t needed = turn.in.desired - turn.limits.unavailable;
  turn.out.available = available >= needed
                           ? ConditionValue{"Available", api::ConditionStatus::True, "MinimumReplicasAvailable",
                                            fmt::format("{} of {} pods are available", available, turn.in.desired)}
                           : ConditionValue{"Available", api::ConditionStatus::False, "MinimumReplicasUnavailable",
                                            fmt::format("{} pods are available, {} are needed", available, needed)};
  turn.out.progressing = progressing(turn);
}

}  // namespace tidewright::decide
