#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/api/rollout_spec.h"
#include "operator/api/rollout_status.h"
#include "operator/clock.h"
#include "operator/decide/replica_set_view.h"
#include "operator/decide/rollout.h"

namespace tidewright::decide {

/// Why a rollout is to be undone: "CrashLoopBackOff", and a sentence.
struct Failure {
  std::string reason;
  std::string message;
};

/// The problem that a person should hear of first: the one that most pods have.
[[nodiscard]] const PodProblem* worstProblem(const std::vector<PodProblem>& problems);

/// How far the new revision is: pods that are available where the rollout wants them, and pods it was given.
struct Reached {
  int32_t available = 0;
  int32_t replicas = 0;
};

/// Keeps the most that was ever reached, and when either number last rose: a pod has its whole time from when there was
/// room for it. A pod that flaps does not wind the clock up again; while `clockRuns` is false there is none. Marks of
/// another desired count are taken anew, but for the pods that were available of a smaller one; the clock goes on, for
/// a count that keeps changing must not stop it.
void noteProgress(api::RolloutStatus& status, Reached reached, int32_t desired, bool clockRuns, WallTime now);

/// When the deadline passes; nothing while no clock runs.
[[nodiscard]] std::optional<WallTime> deadlineOf(const api::RolloutStatus& status, const api::RolloutSpec& spec);

/// What the analyses say.
struct Verdicts {
  const std::optional<Verdict>& background;
  const std::optional<Verdict>& step;
};

/// What speaks against the revision that is being rolled out; `updated` is its ReplicaSet, if it has one yet.
/// Source: spec/rollout.md, "Failure".
[[nodiscard]] std::optional<Failure> findFailure(const api::RolloutSpec& spec, Verdicts verdicts,
                                                 const api::RolloutStatus& status, const ReplicaSetView* updated,
                                                 WallTime now);

}  // namespace tidewright::decide
