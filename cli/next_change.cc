#include "cli/next_change.h"

#include <algorithm>

#include "operator/decide/autoscale.h"
#include "operator/decide/history.h"

namespace tidewright::cli {
namespace {

api::Sample lastSample(const api::LastDecision& decision, const std::string& metric) {
  const auto found = std::ranges::find(decision.metrics, metric, &api::MetricTrace::name);
  return found == decision.metrics.end() ? api::Unknown{"it has not been read yet"} : found->sample;
}

}  // namespace

std::optional<NextChange> nextChange(const api::Autoscaling& policy, const api::AutoscalingStatus& status, WallTime now,
                                     std::chrono::seconds horizon) {
  if (!status.lastDecision || policy.mode != api::ScalingMode::Active) return std::nullopt;
  const api::LastDecision& last = *status.lastDecision;
  decide::Observed seen{.current = status.desiredReplicas.value_or(last.result), .readyPods = last.readyPods};
  // The status does not keep this sample, only whether it was calm: then it stays so.
  const bool calm = !status.history.panic || status.history.panic->calmSince;
  if (calm) seen.panicSample = api::Number{.value = 0, .warnings = {}};
  for (const api::Metric& metric : policy.metrics) seen.samples.push_back(lastSample(last, metric.name));
  const auto poll = std::max(policy.poll, std::chrono::seconds(1));
  seen.history = decide::resume(status.history, poll, now);

  for (WallTime at = std::chrono::ceil<std::chrono::seconds>(now); at <= now + horizon; at += poll) {
    decide::Decision decision = decide::scale(policy, seen, at);
    if (decision.replicas != seen.current) return NextChange{at, seen.current, decision.replicas};
    seen.history = std::move(decision.history);
  }
  return std::nullopt;
}

}  // namespace tidewright::cli
