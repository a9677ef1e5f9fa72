// One decision as the operator makes it at every poll: two metrics, four policies, a full history.

#include <benchmark/benchmark.h>

#include "operator/decide/autoscale.h"
#include "operator/decide/history.h"
#include "operator/decide/status_write.h"

namespace tidewright::decide {
namespace {

using std::chrono::seconds;
constexpr WallTime kNow{seconds{1'800'000'000}};

api::Autoscaling policy() {
  api::Autoscaling policy{.minReplicas = 2, .maxReplicas = 500};
  policy.metrics = {{.name = "rps", .target = {.value = {100'000}}},
                    {.name = "lag", .target = {.type = api::Target::Type::Value, .value = {5'000}}}};
  policy.behavior.scaleUp.stabilizationWindow = policy.behavior.scaleDown.stabilizationWindow = seconds{1800};
  const std::vector<api::ScalingPolicy> policies{{api::ScalingPolicy::Type::Pods, 4, seconds{60}},
                                                 {api::ScalingPolicy::Type::Percent, 50, seconds{1800}}};
  policy.behavior.scaleUp.policies = policy.behavior.scaleDown.policies = policies;
  return policy;
}

/// As much history as is ever kept, none of it droppable: the proposals swing ever less.
Observed fullHistory(double rps) {
  Observed seen{.current = 100, .readyPods = 100, .samples = {api::Number{rps}, api::Number{5}}};
  for (int i = 0; i < static_cast<int>(kMostRecommendations) - 1; ++i) {
    const int32_t swing = 200 - i;
    const int32_t proposal = i % 2 == 0 ? 300 + swing : 300 - swing;
    seen.history.recommendations.push_back({kNow - seconds{15 * (119 - i)}, proposal, proposal});
  }
  for (int i = 0; i < static_cast<int>(kMostScaleEvents); ++i) {
    seen.history.scaleEvents.push_back({kNow - seconds{15 * (60 - i)}, i % 2 == 0 ? 1 : -1});
  }
  return seen;
}

void decideSteady(benchmark::State& state) {
  const api::Autoscaling rules = policy();
  const Observed seen = fullHistory(10'000);
  for (auto _ : state) benchmark::DoNotOptimize(scale(rules, seen, kNow));
}
BENCHMARK(decideSteady);

void decideChange(benchmark::State& state) {
  const api::Autoscaling rules = policy();
  const Observed seen = fullHistory(90'000);
  for (auto _ : state) benchmark::DoNotOptimize(scale(rules, seen, kNow));
}
BENCHMARK(decideChange);

void decideWhetherToWrite(benchmark::State& state) {
  const api::Autoscaling rules = policy();
  Observed seen = fullHistory(10'000);
  Decision decision = scale(rules, seen, kNow);
  const api::AutoscalingStatus memory{
      .desiredReplicas = 100, .history = std::move(decision.history), .lastDecision = std::move(decision.trace)};
  const api::AutoscalingStatus stored = memory;
  for (auto _ : state) benchmark::DoNotOptimize(mustWrite(stored, memory, rules, Occasion::Tick, kNow));
}
BENCHMARK(decideWhetherToWrite);

}  // namespace
}  // namespace tidewright::decide
