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
#include "tests/unit/decide/random_scaling.h"
#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

namespace gen = rc::gen;

// ---- what is remembered

RC_GTEST_PROP(HistoryProperty, IsStoredInLessThan4KiBWhateverThePolicyAndTheLoad, ()) {
  api::Autoscaling policy = anyPolicy(false);
  policy.maxReplicas = 9'999;
  api::ScalingHistory history;
  // Wild proposals, of which every one is followed. Drawn at once: a thousand draws a case would take seconds.
  std::minstd_rand draw(*gen::inRange(1U, 1'000'000'000U));
  WallTime now = t0;
  // What falls all the time outdoes nothing, so that most is kept of it.
  const bool falls = oneOf(4);
  int32_t current = falls ? 9'999 : 1;
  const int swing = *gen::element(5, 100, 9'999);
  std::uniform_int_distribution<int> step(falls ? -30 : -swing, falls ? -1 : swing);
  for (int ticks = *gen::inRange(100, 300); ticks > 0; --ticks, now += policy.poll) {
    const int32_t proposal = std::clamp(current + step(draw), 0, 9'999);
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
  if (oneOf(2)) seen.current = *gen::inRange(0, 300);
  // What is paused, or only tried, stays where it is, even out of bounds.
  const bool held = policy.mode != api::ScalingMode::Active || !policy.pausedDirections.empty();
  const int32_t replicas = scale(policy, seen, now).replicas;
  RC_ASSERT(boundsInForce(policy, now).contain(replicas) || (held && replicas == seen.current));
}

RC_GTEST_PROP(ScaleProperty, StaysAtAFixedPointAndWritesNothing, ()) {
  api::Autoscaling policy = anyPolicy(true);
  policy.schedules.clear();  // their turns move the count
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
  Observed seen = anyPast(policy, now, 1);
  seen.readyPods = seen.current;
  api::Sample& less = oneOf(2) ? seen.samples.front() : seen.samples.back();
  if (!std::holds_alternative<api::Number>(less)) less = api::Number{*gen::inRange(0, 100'000) / 1000.0};
  Observed more = seen;
  api::Sample& sample = more.samples[static_cast<std::size_t>(&less - seen.samples.data())];
  std::get<api::Number>(sample).value += *gen::inRange(0, 100'000) / 1000.0;
  RC_ASSERT(scale(policy, more, now).replicas >= scale(policy, seen, now).replicas);
}

RC_GTEST_PROP(ScaleProperty, NeverLowersOnAnUnknown, ()) {
  const api::Autoscaling policy = anyPolicy(false);
  WallTime now = t0;
  Observed seen = anyPast(policy, now, 2);
  (oneOf(2) ? seen.samples.front() : seen.samples.back()) = api::Unknown{"lost"};
  // A sample may also not be there at all. Only a ceiling that came down lowers then.
  if (oneOf(8)) seen.samples.pop_back();
  RC_ASSERT(scale(policy, seen, now).replicas >= std::min(seen.current, boundsInForce(policy, now).max));
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
  const api::Autoscaling policy = anyPolicy(true);
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
  if (!boundsInForce(policy, now).contain(seen.current)) return;  // then the metrics are not asked
  const int32_t combined = combine(trace.metrics, trace.current).replicas;
  const bool proposed = !trace.steps.empty() && trace.steps[0].step == "propose";
  RC_ASSERT(combined == (proposed ? trace.steps[0].to : trace.current));
}

}  // namespace
}  // namespace tidewright::decide
