#include "operator/decide/progress.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidewright::decide {
namespace {

/// The kubelet's back-off is 10 s, 20 s, 40 s ...: by the third restart a container has had more than half a minute
/// to find what it waits for, and one crash in a crowd is not yet a verdict on the version.
constexpr int32_t kCrashLoopRestarts = 3;

std::optional<Failure> judged(const std::optional<Verdict>& verdict) {
  if (!verdict) return std::nullopt;
  if (verdict->result == Verdict::Result::Failed) return Failure{"AnalysisFailed", verdict->message};
  if (verdict->result == Verdict::Result::Error) return Failure{"AnalysisError", verdict->message};
  return std::nullopt;
}

}  // namespace

const PodProblem* worstProblem(const std::vector<PodProblem>& problems) {
  const auto worst = std::ranges::max_element(problems, {}, &PodProblem::pods);
  return worst == problems.end() ? nullptr : &*worst;
}

void noteProgress(api::RolloutStatus& status, Reached reached, int32_t desired, bool clockRuns, WallTime now) {
  if (status.highWaterOf != desired) {
    if (status.highWaterOf > desired) status.availableHighWater = reached.available;
    status.replicasHighWater = reached.replicas;
    status.highWaterOf = desired;
  }
  const bool rose = reached.available > status.availableHighWater || reached.replicas > status.replicasHighWater;
  if (!clockRuns) {
    status.progressedAt.reset();
  } else if (!status.progressedAt || rose) {
    status.progressedAt = now;
  }
  status.availableHighWater = std::max(status.availableHighWater, reached.available);
  status.replicasHighWater = std::max(status.replicasHighWater, reached.replicas);
}

std::optional<WallTime> deadlineOf(const api::RolloutStatus& status, const api::RolloutSpec& spec) {
  if (!status.progressedAt) return std::nullopt;
  return *status.progressedAt + spec.progressDeadline;
}

std::optional<Failure> findFailure(const api::RolloutSpec& spec, Verdicts verdicts, const api::RolloutStatus& status,
                                   const ReplicaSetView* updated, WallTime now) {
  if (auto failure = judged(verdicts.background)) return failure;
  if (auto failure = judged(verdicts.step)) return failure;
  if (updated != nullptr) {
    for (const PodProblem& problem : updated->problems) {
      if (problem.reason == "CrashLoopBackOff" && problem.restarts >= kCrashLoopRestarts) {
        return Failure{problem.reason, problem.message};
      }
    }
  }
  const std::optional<WallTime> deadline = deadlineOf(status, spec);
  if (!deadline || now < *deadline) return std::nullopt;
  // As long as it has all the pods it was given, it waits for others: older revisions that drain, an operator that was
  // away. That is no fault of its own.
  if (updated == nullptr || updated->available >= updated->replicas) return std::nullopt;
  const PodProblem* problem = worstProblem(updated->problems);
  const std::string late = fmt::format("no progress for {} s", spec.progressDeadline.count());
  if (problem == nullptr) return Failure{"ProgressDeadlineExceeded", late};
  return Failure{problem->reason, fmt::format("{}; {}", problem->message, late)};
}

}  // namespace tidewright::decide
