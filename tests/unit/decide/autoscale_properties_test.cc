// What must hold for every policy and every history. RC_PARAMS="max_success=1000000" runs a million cases of each.

#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "operator/decide/autoscale.h"
#include "operator/decide/bounds.h"
#include "operator/decide/history.h"
#include "operator/decide/propose.h"
#include "operator/decide/status_write.h"
#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using std::chrono::seconds;
namespace gen = rc::gen;

// ---- random policies and loads

api::ScalingRules anyRules(const api::ScalingRules& defaults) {
  api::ScalingRules rules = defaults;
  rules.stabilizationWindow = seconds{*gen::element(0, 0, 1, 15, 30, 60, 300, 600, 3600)};
  rules.selectPolicy = *gen::weightedElement<api::SelectPolicy>(
      {{5, api::SelectPolicy::Max}, {3, api::SelectPolicy::Min}, {1, api::SelectPolicy::Disabled}});
  rules.tolerance = *gen::element(0.0, 0.01, 0.1, 0.25);
  if (*gen::arbitrary<bool>()) return rules;
  rules.policies.clear();
  for (int i = *gen::inRange(1, 3); i > 0; --i) {
    const bool pods = *gen::arbitrary<bool>();
    rules.policies.push_back({pods ? api::ScalingPolicy::Type::Pods : api::ScalingPolicy::Type::Percent,
                              pods ? *gen::inRange(1, 20) : *gen::inRange(1, 200),
                              seconds{*gen::element(1, 15, 30, 60, 300, 1800)}});
  }
  return rules;
}

api::Metric anyMetric(int index, bool withFallback) {
  const double target = *gen::inRange(1, 100'000);
  api::Metric metric{
      .name = std::string(1, static_cast<char>('a' + index)),
      .target = {.type = *gen::element(api::Target::Type::AverageValue, api::Target::Type::Value), .value = {target}},
      // No more than one pod carries: above that an idle app would still grow before it goes to zero.
      .activation = {*gen::element(0.0, 0.0, target / 2, target)}};
  if (withFallback && *gen::inRange(0, 4) == 0) {
    metric.fallback = api::Fallback{seconds{*gen::element(0, 15, 60, 600)}, *gen::inRange(0, 40),
                                    *gen::element(api::Fallback::Behavior::Static, api::Fallback::Behavior::AtLeast,
                                                  api::Fallback::Behavior::AtMost)};
  }
  return metric;
}

api::Autoscaling anyPolicy(bool withFallback) {
  api::Autoscaling policy;
  policy.minReplicas = *gen::inRange(0, 10);
  policy.maxReplicas = std::max(1, policy.minReplicas + *gen::inRange(0, 100));
  policy.poll = seconds{*gen::element(1, 5, 15, 60)};
  policy.cooldown = seconds{*gen::element(0, 15, 60, 300)};
  for (int i = 0, n = *gen::inRange(1, 4); i < n; ++i) policy.metrics.push_back(anyMetric(i, withFallback));
  policy.behavior.scaleUp = anyRules(policy.behavior.scaleUp);
  policy.behavior.scaleDown = anyRules(policy.behavior.scaleDown);
  if (*gen::inRange(0, 4) == 0) {
    policy.panic =
        api::Panic{.window = seconds{*gen::element(15, 60, 300)}, .thresholdPercent = *gen::inRange(101, 400)};
  }
  return policy;
}

/// A load that often lies near what `current` pods should carry, where the rules are decided.
api::Sample anySample(const api::Metric& metric, int32_t current, int unknownInTen) {
  if (*gen::inRange(0, 10) < unknownInTen) return api::Unknown{"the test says so"};
  const double carried = metric.target.value.value() * (metric.target.type == api::Target::Type::Value ? 1 : current);
  return api::Number{*gen::oneOf(gen::just(0.0),
                                 gen::map(gen::inRange(0, 300), [=](int percent) { return carried * percent / 100; }),
                                 gen::map(gen::inRange(0, 1'000'000), [](int milli) { return milli / 1000.0; }))};
}

void readSamples(Observed& seen, const api::Autoscaling& policy, int unknownInTen) {
  seen.samples.clear();
  for (const api::Metric& metric : policy.metrics)
    seen.samples.push_back(anySample(metric, seen.current, unknownInTen));
  if (policy.panic) seen.panicSample = anySample(policy.metrics.front(), seen.current, unknownInTen);
}

/// The count and what is remembered after some random ticks from a random count within the bounds.
Observed anyPast(const api::Autoscaling& policy, WallTime& now, int unknownInTen) {
  Observed seen{.current = *gen::inRange(policy.minReplicas, policy.maxReplicas + 1)};
  for (int ticks = *gen::inRange(0, 12); ticks > 0; --ticks) {
    readSamples(seen, policy, unknownInTen);
    seen.readyPods = seen.current;
    Decision decision = scale(policy, seen, now);
    seen.history = std::move(decision.history);
    if (decision.replicas != seen.current) {
      recordChange(seen.history, decision.replicas - seen.current, policy.behavior, now);
    }
    seen.current = decision.replicas;
    now += policy.poll * *gen::element(1, 1, 1, 2, 20);
  }
  readSamples(seen, policy, unknownInTen);
  seen.readyPods = seen.current;
  return seen;
}

// ---- what is remembered

RC_GTEST_PROP(HistoryProperty, IsStoredInLessThan4KiBWhateverThePolicyAndTheLoad, ()) {
  api::Autoscaling policy = anyPolicy(false);
  policy.maxReplicas = 9'999;
  api::ScalingHistory history;
  // Wild proposals, of which every one is followed. Drawn at once: a thousand draws a case would take seconds.
  std::minstd_rand draw(*gen::inRange(1U, 1'000'000'000U));
  WallTime now = t0;
  int32_t current = 1;
  const int swing = *gen::element(5, 100, 9'999);
  for (int ticks = *gen::inRange(100, 300); ticks > 0; --ticks, now += policy.poll) {
    const int32_t proposal = std::clamp(current + std::uniform_int_distribution(-swing, swing)(draw), 0, 9'999);
    recordProposal(history, proposal, policy.behavior, now);
    if (proposal != current) recordChange(history, proposal - current, policy.behavior, now);
    current = proposal;
    RC_ASSERT(history.recommendations.size() <= kMostRecommendations);
    RC_ASSERT(history.scaleEvents.size() <= kMostScaleEvents);
  }
  const nlohmann::json stored = api::toJson(api::AutoscalingStatus{.history = history});
  const auto sizeOf = [&](const char* field) { return stored.contains(field) ? stored[field].dump().size() : 0; };
  RC_ASSERT(sizeOf("recommendations") + sizeOf("scaleEvents") < 4096U);
}

// ---- properties of one decision

RC_GTEST_PROP(ScaleProperty, StaysWithinTheBoundsInForce, ()) {
  const api::Autoscaling policy = anyPolicy(true);
  WallTime now = t0;
  Observed seen = anyPast(policy, now, 2);
  if (*gen::arbitrary<bool>()) seen.current = *gen::inRange(0, 300);
  RC_ASSERT(boundsInForce(policy, now).contain(scale(policy, seen, now).replicas));
}

RC_GTEST_PROP(ScaleProperty, StaysAtAFixedPointAndWritesNothing, ()) {
  api::Autoscaling policy = anyPolicy(true);
  policy.metrics.erase(policy.metrics.begin() + 1, policy.metrics.end());
  WallTime now = t0;
  Observed seen{.current = *gen::inRange(std::max(1, policy.minReplicas), policy.maxReplicas + 1)};
  const bool whole = policy.metrics[0].target.type == api::Target::Type::Value;
  const double carried = policy.metrics[0].target.value.value() * (whole ? 1 : seen.current);
  policy.metrics[0].activation = {0};
  seen.samples = {api::Number{carried}};
  seen.panicSample = seen.samples[0];
  seen.readyPods = seen.current;
  api::AutoscalingStatus stored;
  for (int tick = 0; tick < 5; ++tick, now += policy.poll) {
    const Decision decision = scale(policy, seen, now);
    RC_ASSERT(decision.replicas == seen.current);
    RC_ASSERT(decision.trace.steps.empty());
    const api::AutoscalingStatus memory{
        .desiredReplicas = decision.replicas, .history = decision.history, .lastDecision = decision.trace};
    const WriteReason reason = mustWrite(stored, memory, policy, Occasion::Tick, now);
    RC_ASSERT((tick == 0) == (reason != WriteReason::None));
    if (tick == 0) stored = memory;
    seen.history = decision.history;
  }
}

// With all pods ready: a Value target multiplies by the ready pods only, so it is not monotone at the edge of the
// tolerance while pods start (nor is the HorizontalPodAutoscaler).
RC_GTEST_PROP(ScaleProperty, IsMonotoneInEachSample, ()) {
  const api::Autoscaling policy = anyPolicy(true);
  WallTime now = t0;
  const Observed seen = anyPast(policy, now, 1);
  Observed more = seen;
  api::Sample& sample = **gen::elementOf(std::vector<api::Sample*>{&more.samples.front(), &more.samples.back()});
  RC_PRE(std::holds_alternative<api::Number>(sample));
  std::get<api::Number>(sample).value += *gen::inRange(0, 100'000) / 1000.0;
  RC_ASSERT(scale(policy, more, now).replicas >= scale(policy, seen, now).replicas);
}

RC_GTEST_PROP(ScaleProperty, NeverLowersOnAnUnknown, ()) {
  const api::Autoscaling policy = anyPolicy(false);
  WallTime now = t0;
  Observed seen = anyPast(policy, now, 2);
  **gen::elementOf(std::vector<api::Sample*>{&seen.samples.front(), &seen.samples.back()}) = api::Unknown{"lost"};
  RC_ASSERT(scale(policy, seen, now).replicas >= seen.current);
}

RC_GTEST_PROP(ScaleProperty, DoesNotCareForTheOrderOfMetrics, ()) {
  api::Autoscaling policy = anyPolicy(true);
  policy.panic.reset();  // read against the first metric's target, by definition
  WallTime now = t0;
  Observed seen = anyPast(policy, now, 2);
  const Decision before = scale(policy, seen, now);
  const auto turn = *gen::inRange<std::ptrdiff_t>(0, std::ssize(policy.metrics));
  std::ranges::rotate(policy.metrics, policy.metrics.begin() + turn);
  std::ranges::rotate(seen.samples, seen.samples.begin() + turn);
  const Decision after = scale(policy, seen, now);
  RC_ASSERT(after.replicas == before.replicas);
  RC_ASSERT(after.history == before.history);
}

RC_GTEST_PROP(ScaleProperty, TracesEnoughToRecomputeTheResult, ()) {
  api::Autoscaling policy = anyPolicy(true);
  policy.mode = *gen::element(api::ScalingMode::Active, api::ScalingMode::Active, api::ScalingMode::DryRun);
  if (*gen::inRange(0, 4) == 0) policy.pausedDirections = {*gen::element(api::Direction::Up, api::Direction::Down)};
  WallTime now = t0;
  const Observed seen = anyPast(policy, now, 2);
  const Decision decision = scale(policy, seen, now);
  const api::LastDecision& trace = decision.trace;
  int32_t replicas = trace.current;
  for (const api::TraceStep& step : trace.steps) {
    RC_ASSERT(step.from == replicas);
    RC_ASSERT(step.to != step.from);
    RC_ASSERT(!step.why.empty());
    replicas = step.to;
  }
  RC_ASSERT(replicas == trace.result);
  RC_ASSERT(trace.result == decision.replicas);
  for (std::size_t i = 0; i < trace.metrics.size(); ++i) {
    const api::Number* number = std::get_if<api::Number>(&trace.metrics[i].sample);
    if (number == nullptr) continue;
    RC_ASSERT(trace.metrics[i].proposal ==
              proposalOf(policy.metrics[i].target, number->value, {trace.current, trace.readyPods}, policy.behavior));
  }
  const int32_t combined = combine(trace.metrics, trace.current).replicas;
  const bool proposed = !trace.steps.empty() && trace.steps[0].step == "propose";
  RC_ASSERT(combined == (proposed ? trace.steps[0].to : trace.current));
}

// ---- properties of a life with restarts

/// One operator's memory, and what it has written of it by the rule.
struct Life {
  int32_t current = 0;
  api::ScalingHistory history;
  api::AutoscalingStatus stored;

  void tick(const api::Autoscaling& policy, Observed seen, WallTime now) {
    seen.current = seen.readyPods = current;
    seen.history = history;
    Decision decision = scale(policy, seen, now);
    history = std::move(decision.history);
    if (decision.replicas != current) recordChange(history, decision.replicas - current, policy.behavior, now);
    current = decision.replicas;
    last = std::move(decision.trace);
    write(policy, Occasion::Tick, now);
  }

  void write(const api::Autoscaling& policy, Occasion occasion, WallTime now) {
    const api::AutoscalingStatus memory{.desiredReplicas = current, .history = history, .lastDecision = last};
    if (mustWrite(stored, memory, policy, occasion, now) != WriteReason::None) stored = memory;
  }

  /// The same app in a new process, which knows only what was written.
  [[nodiscard]] Life restarted(const api::Autoscaling& policy, WallTime now) const {
    const api::AutoscalingStatus read = api::parseAutoscalingStatus(api::toJson(stored));
    return {.current = *read.desiredReplicas,
            .history = resume(read.history, policy.poll, now),
            .stored = read,
            .last = last};
  }

  api::LastDecision last;
};

Life anyLife(const api::Autoscaling& policy, WallTime& now) {
  Life life{.current = *gen::inRange(policy.minReplicas, policy.maxReplicas + 1)};
  for (int ticks = *gen::inRange(1, 25); ticks > 0; --ticks, now += policy.poll) {
    Observed seen{.current = life.current};
    readSamples(seen, policy, 1);
    life.tick(policy, seen, now);
  }
  return life;
}

RC_GTEST_PROP(RestartProperty, ACleanOneBetweenAnyTwoTicksChangesNothing, ()) {
  const api::Autoscaling policy = anyPolicy(true);
  WallTime now = t0;
  Life steady = anyLife(policy, now);
  Life stopped = steady;
  stopped.write(policy, Occasion::Shutdown, now - policy.poll);
  Life restarted = stopped.restarted(policy, now);
  for (int ticks = 0; ticks < 15; ++ticks, now += policy.poll) {
    Observed seen{.current = steady.current};
    readSamples(seen, policy, 1);
    steady.tick(policy, seen, now);
    restarted.tick(policy, seen, now);
    RC_ASSERT(restarted.current == steady.current);
  }
}

RC_GTEST_PROP(RestartProperty, AKillNeverMakesAChangeEarlierOrLarger, ()) {
  const api::Autoscaling policy = anyPolicy(true);
  WallTime now = t0;
  Life steady = anyLife(policy, now);
  Life killed = steady.restarted(policy, now);
  for (int ticks = 0; ticks < 15; ++ticks, now += policy.poll) {
    const int32_t before = steady.current;
    Observed seen{.current = before};
    readSamples(seen, policy, 1);
    steady.tick(policy, seen, now);
    killed.tick(policy, seen, now);
    RC_ASSERT(std::min(before, steady.current) <= killed.current);
    RC_ASSERT(killed.current <= std::max(before, steady.current));
    // From here on the two are not asked the same question.
    if (killed.current != steady.current) break;
  }
}

RC_GTEST_PROP(RestartProperty, AKillDelaysAChangeByAtMostAMinute, ()) {
  api::Autoscaling policy = anyPolicy(false);
  policy.panic.reset();
  WallTime now = t0;
  Life steady = anyLife(policy, now);
  Life killed = steady.restarted(policy, now);
  // The load stays as it is from here on: each reaches its end when its memory lets it.
  Observed seen{.current = steady.current};
  readSamples(seen, policy, 0);
  std::optional<WallTime> steadyMoved, killedMoved;
  const int32_t before = steady.current;
  for (int ticks = 0; ticks < 300 && !(steadyMoved && killedMoved); ++ticks, now += policy.poll) {
    if (!steadyMoved) steady.tick(policy, seen, now);
    if (!killedMoved) killed.tick(policy, seen, now);
    if (!steadyMoved && steady.current != before) steadyMoved = now;
    if (!killedMoved && killed.current != before) killedMoved = now;
    const seconds bound = std::max(seconds{60}, policy.poll);
    if (steadyMoved && !killedMoved) RC_ASSERT(now - *steadyMoved <= bound);
  }
}

}  // namespace
}  // namespace tidewright::decide
