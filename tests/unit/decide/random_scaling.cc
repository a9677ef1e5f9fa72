#include "tests/unit/decide/random_scaling.h"

#include <algorithm>
#include <cmath>

#include <date/tz.h>
#include <rapidcheck.h>

#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using std::chrono::seconds;
namespace gen = rc::gen;

api::ScalingRules anyRules(const api::ScalingRules& defaults) {
  api::ScalingRules rules = defaults;
  rules.stabilizationWindow = seconds{*gen::element(0, 0, 1, 15, 30, 60, 300, 600, 3600)};
  rules.selectPolicy = *gen::weightedElement<api::SelectPolicy>(
      {{5, api::SelectPolicy::Max}, {3, api::SelectPolicy::Min}, {1, api::SelectPolicy::Disabled}});
  rules.tolerance = *gen::element(0.0, 0.01, 0.1, 0.25);
  if (oneOf(2)) return rules;
  rules.policies.clear();
  for (int i = *gen::inRange(1, 3); i > 0; --i) {
    const bool pods = oneOf(2);
    rules.policies.push_back({pods ? api::ScalingPolicy::Type::Pods : api::ScalingPolicy::Type::Percent,
                              pods ? *gen::inRange(1, 20) : *gen::inRange(1, 200),
                              seconds{*gen::element(1, 15, 30, 60, 300, 1800)}});
  }
  return rules;
}

api::Metric anyMetric(int index, bool mayFallBack) {
  const double target = *gen::inRange(1, 100'000);
  api::Metric metric{
      .name = std::string(1, static_cast<char>('a' + index)),
      .onNoData = oneOf(3) ? api::OnNoData::Zero : api::OnNoData::Hold,
      .target = {.type = *gen::element(api::Target::Type::AverageValue, api::Target::Type::Value), .value = {target}},
      // No more than one pod carries: above that an idle app would still grow before it goes to zero.
      .activation = {*gen::element(0.0, 0.0, target / 2, target)}};
  if (mayFallBack && oneOf(4)) {
    metric.fallback = api::Fallback{seconds{*gen::element(0, 15, 60, 600)}, *gen::inRange(0, 40),
                                    *gen::element(api::Fallback::Behavior::Static, api::Fallback::Behavior::AtLeast,
                                                  api::Fallback::Behavior::AtMost)};
  }
  return metric;
}

api::Schedule turning(const char* start, const char* end, const char* zone) {
  return {.name = std::string("from ") + start,
          .start = *api::Cron::parse(start),
          .end = *api::Cron::parse(end),
          .timeZone = zone,
          .zone = date::locate_zone(zone)};
}

api::Schedule anySchedule() {
  // Parsed once: a case costs microseconds.
  static const std::vector<api::Schedule> kTurning{
      turning("*/2 * * * *", "1/2 * * * *", "UTC"), turning("0/10 * * * *", "5/10 * * * *", "Europe/Berlin"),
      turning("0 8 * * *", "30 9 * * *", "UTC"), turning("0 12 * * MON-FRI", "0 13 * * *", "Asia/Tokyo")};
  api::Schedule schedule = *gen::elementOf(kTurning);
  if (oneOf(3)) schedule.maxReplicas = *gen::inRange(1, 100);
  if (oneOf(3)) schedule.minReplicas = *gen::inRange(0, schedule.maxReplicas.value_or(10) + 1);
  if (oneOf(3) || !(schedule.minReplicas || schedule.maxReplicas)) schedule.replicas = *gen::inRange(0, 50);
  return schedule;
}

api::Sample anySample(const api::Metric& metric, int32_t current, int unknownInTen) {
  // One draw, taken apart: a million lives of forty ticks are mostly draws.
  const int draw = *gen::inRange(0, 80'000'000);
  const int way = draw / 10 % 8, amount = draw / 80;
  if (draw % 10 >= 10 - unknownInTen) return api::Unknown{"the test says so", way % 2 == 0};
  const double carried = metric.target.value.value() * (metric.target.type == api::Target::Type::Value ? 1 : current);
  switch (way) {
    case 0: return api::Number{0};
    case 1: return api::Number{std::ldexp(amount, amount % 100)};
    case 2: return api::Number{-amount / 1000.0};
    case 3:
    case 4: return api::Number{amount / 1000.0};
    default: return api::Number{carried * (amount % 300) / 100};
  }
}

}  // namespace

bool oneOf(int in) { return *gen::inRange(0, in) == 0; }

api::Autoscaling anyPolicy(bool mayFallBack) {
  api::Autoscaling policy;
  policy.minReplicas = *gen::inRange(0, 10);
  policy.maxReplicas = std::max(1, policy.minReplicas + *gen::inRange(0, 100));
  policy.poll = seconds{*gen::element(1, 5, 15, 60)};
  policy.cooldown = seconds{*gen::element(0, 15, 60, 300)};
  for (int i = 0, n = *gen::inRange(1, 4); i < n; ++i) policy.metrics.push_back(anyMetric(i, mayFallBack));
  policy.behavior.scaleUp = anyRules(policy.behavior.scaleUp);
  policy.behavior.scaleDown = anyRules(policy.behavior.scaleDown);
  if (oneOf(4)) {
    policy.panic =
        api::Panic{.window = seconds{*gen::element(15, 60, 300)}, .thresholdPercent = *gen::inRange(101, 400)};
  }
  if (oneOf(6)) {
    for (int i = *gen::inRange(1, 4); i > 0; --i) policy.schedules.push_back(anySchedule());
  }
  if (oneOf(8)) policy.pausedDirections = {*gen::element(api::Direction::Up, api::Direction::Down)};
  if (oneOf(16)) policy.mode = *gen::element(api::ScalingMode::DryRun, api::ScalingMode::Paused);
  return policy;
}

void readSamples(Observed& seen, const api::Autoscaling& policy, int unknownInTen) {
  seen.samples.clear();
  for (const api::Metric& metric : policy.metrics)
    seen.samples.push_back(anySample(metric, seen.current, unknownInTen));
  if (policy.panic) seen.panicSample = anySample(policy.metrics.front(), seen.current, unknownInTen);
}

int32_t anyReady(int32_t current) { return oneOf(4) ? *gen::inRange(0, current + 1) : current; }

Observed anyPast(const api::Autoscaling& policy, WallTime& now, int unknownInTen) {
  Observed seen{.current = *gen::inRange(policy.minReplicas, policy.maxReplicas + 1)};
  api::AutoscalingStatus memory;
  for (int ticks = *gen::inRange(0, 12); ticks > 0; --ticks) {
    readSamples(seen, policy, unknownInTen);
    seen.readyPods = anyReady(seen.current);
    remember(scale(policy, seen, now), policy.behavior, memory);
    seen.history = memory.history;
    seen.current = *memory.desiredReplicas;
    now += policy.poll * *gen::element(1, 1, 1, 2, 20);
  }
  readSamples(seen, policy, unknownInTen);
  seen.readyPods = anyReady(seen.current);
  return seen;
}

}  // namespace tidewright::decide
