#include "operator/decide/autoscale.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "operator/decide/bounds.h"
#include "operator/decide/history.h"
#include "operator/decide/limit_rate.h"
#include "operator/decide/panic.h"
#include "operator/decide/propose.h"
#include "operator/decide/stabilise.h"
#include "operator/decide/zero.h"

namespace tidewright::decide {
namespace {

/// The only place that traces: a step that leaves the number alone leaves no entry.
class Steps {
 public:
  Steps(int32_t replicas, std::vector<api::TraceStep>& trace) : replicas_(replicas), trace_(trace) {}

  void take(std::string_view name, Outcome outcome) {
    if (outcome.replicas == replicas_) return;
    trace_.push_back({std::string(name), replicas_, outcome.replicas, std::move(outcome.why)});
    replicas_ = outcome.replicas;
  }
  [[nodiscard]] int32_t replicas() const { return replicas_; }

 private:
  int32_t replicas_;
  std::vector<api::TraceStep>& trace_;
};

/// What each metric proposes, and since when which of them is unknown.
void readMetrics(const api::Autoscaling& policy, const Observed& seen, Pods pods, WallTime now, Decision& decision) {
  std::map<std::string, WallTime> unknownSince;
  decision.trace.metrics.reserve(policy.metrics.size());
  for (std::size_t i = 0; i < policy.metrics.size(); ++i) {
    const api::Metric& metric = policy.metrics[i];
    const api::Sample sample = i < seen.samples.size() ? seen.samples[i] : api::Unknown{"it has not been read yet"};
    const auto before = seen.history.unknownSince.find(metric.name);
    const WallTime since = before == seen.history.unknownSince.end() ? now : before->second;
    decision.trace.metrics.push_back(proposeFor(metric, sample, pods, policy.behavior, since, now));
    if (std::holds_alternative<api::Unknown>(decision.trace.metrics.back().sample)) {
      unknownSince.emplace(metric.name, since);
      decision.metricsAvailable = false;
    }
  }
  decision.history.unknownSince = std::move(unknownSince);
}

/// The spec's steps 2 to 5.
void follow(const api::Autoscaling& policy, const Observed& seen, Pods pods, const Bounds& bounds, WallTime now,
            Decision& decision, Steps& steps) {
  api::ScalingHistory& history = decision.history;
  // At first sight, as if the count had always been asked for.
  if (history.recommendations.empty()) history.recommendations = {{now, pods.current, pods.current}};

  steps.take("propose", combine(decision.trace.metrics, pods.current));
  const int32_t proposal = steps.replicas();
  steps.take("stabilise", stabilise(proposal, pods.current, history.recommendations, policy.behavior, now));
  steps.take("limitRate", limitRate(steps.replicas(), pods.current, history.scaleEvents, bounds, policy.behavior, now));
  recordProposal(history, proposal, policy.behavior, now);

  PanicOutcome panicked = panic(steps.replicas(), policy, seen.panicSample, pods, bounds, history.panic, now);
  history.panic = panicked.state;
  steps.take("panic", std::move(panicked.outcome));

  if (bounds.min > 0) {
    history.idleSince.reset();
    return;
  }
  const Activity activity = activityOf(policy.metrics, decision.trace.metrics);
  history.idleSince = activity.idle ? std::optional(history.idleSince.value_or(now)) : std::nullopt;
  steps.take("zero",
             zero(steps.replicas(), pods.current, policy, activity, history.idleSince, history.panic.has_value(), now));
}

Outcome heedPausedDirections(int32_t replicas, int32_t current, const api::Autoscaling& policy) {
  const api::Direction direction = replicas > current ? api::Direction::Up : api::Direction::Down;
  if (replicas == current || !policy.isPaused(direction)) return {replicas, {}};
  return {current, fmt::format("pausedDirections holds {}", api::toString(direction))};
}

}  // namespace

Decision scale(const api::Autoscaling& policy, const Observed& seen, WallTime now) {
  now = std::chrono::floor<std::chrono::seconds>(now);
  const Pods pods{.current = seen.current, .ready = seen.readyPods};
  Decision decision{.history = seen.history,
                    .trace = {.time = now, .current = seen.current, .readyPods = seen.readyPods}};
  readMetrics(policy, seen, pods, now, decision);

  Steps steps(pods.current, decision.trace.steps);
  const Bounds bounds = boundsInForce(policy, now);
  if (bounds.contain(pods.current)) {
    follow(policy, seen, pods, bounds, now, decision, steps);
  } else {
    steps.take("bounds", nearest(bounds, pods.current));
    // Nothing is proposed meanwhile, so the last proposal lasts: a restart, which knows no better, reads it so too.
    decision.history = resume(std::move(decision.history), std::chrono::seconds{0}, now);
  }
  steps.take("pausedDirections", heedPausedDirections(steps.replicas(), pods.current, policy));
  decision.decided = steps.replicas();
  if (policy.mode != api::ScalingMode::Active) {
    steps.take("mode", {pods.current, fmt::format("mode is {}", api::toString(policy.mode))});
  }
  decision.replicas = decision.trace.result = steps.replicas();
  return decision;
}

void remember(const Decision& decision, const api::Behavior& behavior, api::AutoscalingStatus& memory) {
  const api::LastDecision& made = decision.trace;
  memory.history = decision.history;
  if (made.result != made.current) {
    recordChange(memory.history, made.result - made.current, behavior, made.time);
    memory.lastScaleTime = made.time;
  }
  memory.desiredReplicas = made.result;
  memory.lastDecision = made;
}

}  // namespace tidewright::decide
