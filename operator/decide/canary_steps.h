#pragma once

#include <optional>
#include <span>
#include <string>

#include "operator/api/rollout_spec.h"
#include "operator/api/rollout_status.h"
#include "operator/clock.h"
#include "operator/decide/rollout.h"

namespace tidewright::decide {

/// Where a canary stands in its steps, and what it waits for.
struct CanaryProgress {
  int32_t stepIndex = 0;  ///< == the number of steps: all done
  int32_t weight = 0;     ///< percent that the pods are to have
  std::optional<WallTime> pausedAt;
  std::optional<WallTime> lookAgain;
  bool waits = false;  ///< for time, a person or an analysis, not for pods: no deadline runs
  std::string why;
};

/// Tells two lists of steps apart; empty without steps.
[[nodiscard]] std::string stepsHash(std::span<const api::RolloutStep> steps);

/// The weight asked for while step `index` is taken; 100 when all are done.
[[nodiscard]] int32_t weightAt(std::span<const api::RolloutStep> steps, int32_t index);

/// Goes past every step that is done. `settled(weight)` tells whether both sides have the pods that `weight` asks for.
/// `promote` ends the step that waits; an analysis without verdict waits. Pure: any thread.
/// Source: spec/rollout.md, "Steps".
template <class Settled>
[[nodiscard]] CanaryProgress advance(const api::RolloutSpec& spec, const api::RolloutStatus& status, bool promote,
                                     const std::optional<Verdict>& verdict, WallTime now, Settled settled);

/// Whether the step that waits is over.
struct StepOutcome {
  bool done = false;
  bool waits = false;
  std::optional<WallTime> lookAgain;
  std::string why;
};
[[nodiscard]] StepOutcome takeStep(const api::RolloutStep& step, std::optional<WallTime> pausedAt, bool promote,
                                   const std::optional<Verdict>& verdict, bool settled, WallTime now);

template <class Settled>
CanaryProgress advance(const api::RolloutSpec& spec, const api::RolloutStatus& status, bool promote,
                       const std::optional<Verdict>& verdict, WallTime now, Settled settled) {
  const auto count = static_cast<int32_t>(spec.steps.size());
  CanaryProgress at{.stepIndex = std::min(status.stepIndex, count), .pausedAt = status.pausedAt};
  if (status.promoteFull) at.stepIndex = count;
  std::optional<Verdict> ofThisStep = verdict;
  for (; at.stepIndex < count; ++at.stepIndex) {
    at.weight = weightAt(spec.steps, at.stepIndex);
    const StepOutcome step = takeStep(spec.steps[static_cast<size_t>(at.stepIndex)], at.pausedAt, promote, ofThisStep,
                                      settled(at.weight), now);
    if (!step.done) {
      if (step.waits && !at.pausedAt) at.pausedAt = now;
      if (!step.waits) at.pausedAt.reset();
      at.lookAgain = step.lookAgain;
      at.waits = step.waits;
      at.why = step.why;
      return at;
    }
    // A promotion, a pause and a verdict each belong to one step only.
    if (step.waits) promote = false;
    at.pausedAt.reset();
    ofThisStep.reset();
  }
  at.weight = 100;
  at.pausedAt.reset();
  at.why = "all steps are done";
  return at;
}

}  // namespace tidewright::decide
