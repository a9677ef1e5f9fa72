#include "cli/render_why.h"

#include <cmath>

#include <fmt/format.h>

#include "cli/count_reason.h"
#include "cli/duration.h"
#include "cli/layout.h"
#include "cli/next_change.h"
#include "operator/timestamp.h"

namespace tidewright::cli {
namespace {

/// How far ahead a change is looked for.
constexpr std::chrono::seconds kHorizon{3600};

std::string numberText(double value) {
  return std::abs(value) >= 1000 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

std::string podsText(int32_t count) { return fmt::format("{} pod{}", count, count == 1 ? "" : "s"); }

std::string metricText(const api::MetricTrace& metric) {
  std::string text;
  if (const auto* number = std::get_if<api::Number>(&metric.sample)) {
    text = fmt::format("{} is {}, target {}", metric.name, numberText(number->value), metric.target);
    if (!number->warnings.empty()) text += fmt::format(" ({})", number->warnings);
  } else {
    text = fmt::format("{} is unknown ({}), target {}", metric.name, std::get<api::Unknown>(metric.sample).reason,
                       metric.target);
  }
  if (!metric.proposal) return fmt::format("{}: {}.", text, metric.why);
  return fmt::format("{}: it asks for {} ({}).", text, podsText(*metric.proposal), metric.why);
}

std::string nextText(const api::Autoscaling& policy, const WorkloadView& workload, WallTime now) {
  if (policy.mode != api::ScalingMode::Active) {
    return fmt::format("autoscaling.mode is {}, so nothing changes until it is Active.", api::toString(policy.mode));
  }
  const std::optional<NextChange> next = nextChange(policy, workload.autoscaling, now, kHorizon);
  if (!next) return fmt::format("If the metrics stay as they are, nothing changes within {}.", durationText(kHorizon));
  const std::string to = fmt::format("from {} to {}", next->from, podsText(next->to));
  if (next->at <= now + policy.poll) return fmt::format("The next change is due with the next look: {}.", to);
  return fmt::format("If the metrics stay as they are, the next change comes at {}, in {}: {}.",
                     formatTimestamp(next->at), durationText(next->at - now), to);
}

std::string decisionText(const AppView& view, const WorkloadView& workload, WallTime now, int width) {
  const api::LastDecision& decision = *workload.autoscaling.lastDecision;
  std::string out =
      wrapped(fmt::format("Autoscaling decided that {} ago, from {}, of which {} were ready:",
                          durationText(now - decision.time), podsText(decision.current), decision.readyPods),
              "", width);
  for (const api::MetricTrace& metric : decision.metrics) out += wrapped(metricText(metric), "  ", width);
  if (decision.steps.empty()) {
    out += wrapped(fmt::format("No rule moved the count: it stays at {}.", podsText(decision.result)), "", width);
  }
  for (const api::TraceStep& step : decision.steps) {
    out += wrapped(fmt::format("{}: {} -> {}, because {}.", step.step, step.from, step.to, step.why), "  ", width);
  }
  if (decision.steps.size() > 1) {
    out += wrapped(fmt::format("So {} had the last word.", decision.steps.back().step), "", width);
  }
  return out + wrapped(nextText(*view.app.spec.autoscaling, workload, now), "", width);
}

}  // namespace

std::string renderWhy(const AppView& view, WallTime now, int width) {
  std::string out;
  if (!view.isObserved()) {
    out += wrapped("The operator has not answered to the last change of the spec yet; this is what it decided before.",
                   "", width);
  }
  for (const WorkloadView& workload : view.workloads) {
    const std::string who =
        workload.shard.empty() ? view.app.name : fmt::format("Shard {} of {}", workload.shard, view.app.name);
    out += wrapped(fmt::format("{} is to have {}.", who, podsText(workload.desired)), "", width);
    if (view.app.spec.paused) {
      out += wrapped("spec.paused holds everything as it is; kubectl-tide resume lets it go on.", "", width);
    }
    if (view.app.spec.autoscaling && workload.autoscaling.lastDecision) {
      out += decisionText(view, workload, now, width);
    } else if (view.app.spec.autoscaling) {
      out += wrapped("Autoscaling has not decided yet; until then the count is kept.", "", width);
    } else {
      const std::string reason = countReason(view, workload);
      out += wrapped(reason == "spec.replicas" ? "spec.replicas decides it: there is no spec.autoscaling."
                                               : fmt::format("There is no spec.autoscaling: {}.", reason),
                     "", width);
    }
  }
  return out;
}

}  // namespace tidewright::cli
