#include "operator/decide/analysis.h"

#include <algorithm>
#include <set>
#include <variant>

#include <fmt/format.h>

#include "operator/decide/canary_steps.h"

namespace tidewright::decide {
namespace {

using api::AnalysisMetric;
using api::AnalysisStep;
using api::MetricAnalysis;
using Phase = MetricAnalysis::Phase;

/// The status speaks of this very rollout.
bool isRemembered(const api::RolloutSpec& spec, const api::RolloutStatus& rollout, const std::string& target) {
  return rollout.revision == target && rollout.stepsHash == stepsHash(spec.steps);
}

bool isUnderWay(const api::RolloutSpec& spec, const api::WorkloadStatus& status, const std::string& target,
                bool paused) {
  return !paused && !status.rollout.promoteFull && isRemembered(spec, status.rollout, target) &&
         !status.stableRevision.empty() && status.stableRevision != target;
}

/// Metrics that steps name; the others are measured beside the rollout.
std::set<std::string> namedBySteps(const api::RolloutSpec& spec) {
  std::set<std::string> names;
  for (const api::RolloutStep& step : spec.steps) {
    if (const auto* analysis = std::get_if<AnalysisStep>(&step)) {
      names.insert(analysis->metrics.begin(), analysis->metrics.end());
    }
  }
  return names;
}

/// The analysis that is being waited for; nullptr: another kind of step.
const AnalysisStep* stepOf(const api::RolloutSpec& spec, const api::RolloutStatus& rollout) {
  const auto index = static_cast<size_t>(rollout.stepIndex);
  return index < spec.steps.size() ? std::get_if<AnalysisStep>(&spec.steps[index]) : nullptr;
}

bool names(const AnalysisStep* step, const std::string& metric) {
  return step != nullptr && std::ranges::find(step->metrics, metric) != step->metrics.end();
}

const MetricAnalysis* find(const std::vector<MetricAnalysis>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &MetricAnalysis::name);
  return found == all.end() ? nullptr : &*found;
}

/// What a step left behind says nothing in a later one.
bool isOf(const MetricAnalysis& state, const AnalysisStep* step, int32_t stepIndex) {
  return !state.step || (names(step, state.name) && *state.step == stepIndex);
}

Verdict notMeasured(const AnalysisMetric& metric) {
  return {Verdict::Result::NotYet, metric.name + " has not been measured yet"};
}

/// Before the status speaks of the rollout, because it just begins or because the status was lost.
std::optional<Verdict> beforeTheBegin(const AnalysisInput& in) {
  const bool skipped = in.status.rollout.promoteFull && isRemembered(in.spec, in.status.rollout, in.target);
  if (in.paused || skipped || in.status.stableRevision == in.target) return std::nullopt;
  const std::set<std::string> inSteps = namedBySteps(in.spec);
  for (const AnalysisMetric& metric : in.spec.analysis) {
    if (!inSteps.contains(metric.name)) return notMeasured(metric);
  }
  return std::nullopt;
}

void worse(std::optional<Verdict>& worst, Verdict verdict) {
  if (!worst || verdict.result > worst->result) worst = std::move(verdict);
}

void tell(const api::RolloutSpec& spec, const MetricAnalysis& before, const MetricAnalysis& after,
          std::vector<RolloutEvent>& out) {
  if (before.phase == after.phase) return;
  const bool failed = after.phase == Phase::Failed || after.phase == Phase::Error;
  if (after.phase == Phase::Inconclusive) {
    out.push_back(
        {.warning = true, .reason = "AnalysisInconclusive", .message = after.message + "; the rollout waits"});
  } else if (failed && !spec.autoRollback) {  // With it the rollback tells the same.
    out.push_back({.warning = true,
                   .reason = fmt::format("Analysis{}", api::toString(after.phase)),
                   .message = after.message + "; the rollout waits, for autoRollback is off"});
  } else if (before.phase == Phase::Inconclusive && !failed) {
    out.push_back({.reason = "AnalysisResumed", .message = after.message});
  }
}

}  // namespace

Analysis analyse(const AnalysisInput& in, WallTime now) {
  const api::RolloutStatus& rollout = in.status.rollout;
  if (!isUnderWay(in.spec, in.status, in.target, in.paused)) {
    return {.background = beforeTheBegin(in), .step = {}, .metrics = rollout.analysis, .events = {}};
  }
  Analysis out;
  const std::set<std::string> inSteps = namedBySteps(in.spec);
  const AnalysisStep* step = stepOf(in.spec, rollout);
  for (const AnalysisMetric& metric : in.spec.analysis) {
    const bool ofStep = names(step, metric.name);
    Verdict verdict = notMeasured(metric);
    if (const MetricAnalysis* before = find(rollout.analysis, metric.name)) {
      MetricAnalysis after = *before;
      if (isOf(*before, step, rollout.stepIndex)) {
        if (const auto seen = in.seen.find(metric.name); seen != in.seen.end()) {
          takeMeasurement(metric, after, seen->second);
        }
        verdict = verdictOf(metric, after, now);
      }
      tell(in.spec, *before, after, out.events);
      out.metrics.push_back(std::move(after));
    }
    if (ofStep)
      worse(out.step, std::move(verdict));
    else if (!inSteps.contains(metric.name))
      worse(out.background, std::move(verdict));
  }
  return out;
}

std::vector<DueMeasurement> beginAnalysis(const api::RolloutSpec& spec, api::WorkloadStatus& status, bool paused,
                                          bool served, WallTime now) {
  std::vector<DueMeasurement> due;
  api::RolloutStatus& rollout = status.rollout;
  if (!isUnderWay(spec, status, status.currentRevision, paused)) return due;
  const std::set<std::string> inSteps = namedBySteps(spec);
  const AnalysisStep* step = stepOf(spec, rollout);
  for (const AnalysisMetric& metric : spec.analysis) {
    const bool ofStep = names(step, metric.name);
    if (!ofStep && (inSteps.contains(metric.name) || rollout.stepIndex < metric.startAtStep)) continue;
    const auto known = std::ranges::find(rollout.analysis, metric.name, &MetricAnalysis::name);
    const bool begun = known != rollout.analysis.end() && isOf(*known, step, rollout.stepIndex);
    MetricAnalysis state;
    if (begun) {
      state = *known;
    } else {
      if (!served) continue;
      state = {.name = metric.name,
               .step = ofStep ? std::optional(rollout.stepIndex) : std::nullopt,
               .startedAt = std::chrono::floor<std::chrono::microseconds>(now),
               .measurements = {},
               .message = "it has not been measured yet"};
      if (known == rollout.analysis.end())
        rollout.analysis.push_back(state);
      else
        *known = state;
    }
    if (!isFinal(state)) due.push_back({&metric, nextMeasurement(metric, state)});
  }
  return due;
}

}  // namespace tidewright::decide
