// What a restart may change of an app's life: nothing if it is clean; and after a kill nothing comes earlier or larger.
// RC_PARAMS="max_success=1000000" runs a million cases of each.

#include <algorithm>
#include <random>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include "operator/decide/autoscale.h"
#include "operator/decide/history.h"
#include "operator/decide/status_write.h"
#include "tests/unit/decide/random_scaling.h"
#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using std::chrono::seconds;
namespace gen = rc::gen;

/// One operator's memory, and what it has written of it by the rule.
struct Life {
  api::AutoscalingStatus memory, stored;

  [[nodiscard]] int32_t current() const { return *memory.desiredReplicas; }

  void tick(const api::Autoscaling& policy, Observed& seen, WallTime now) {
    seen.current = current();
    seen.history = memory.history;
    remember(scale(policy, seen, now), policy.behavior, memory);
    write(policy, Occasion::Tick, now);
  }

  void write(const api::Autoscaling& policy, Occasion occasion, WallTime now) {
    if (mustWrite(stored, memory, policy, occasion, now) != WriteReason::None) stored = memory;
  }

  /// The same app in a new process, which knows only what was written. That this is read as it was written is a
  /// property of its own.
  [[nodiscard]] Life restarted(const api::Autoscaling& policy, WallTime now) const {
    Life life{.memory = stored, .stored = stored};
    life.memory.history = resume(stored.history, policy.poll, now);
    return life;
  }
};

/// A tick under a random load, the same for both.
void tickBoth(Life& one, Life& other, const api::Autoscaling& policy, WallTime now) {
  Observed seen{.current = one.current(), .readyPods = anyReady(one.current())};
  readSamples(seen, policy, 1);
  one.tick(policy, seen, now);
  other.tick(policy, seen, now);
}

/// Hours of a wild load, after which the history is as full as it may be. Not drawn one by one: that takes too long.
void liveWildly(Life& life, const api::Autoscaling& policy, WallTime& now) {
  std::minstd_rand draw(*gen::inRange(1U, 1'000'000'000U));
  std::uniform_real_distribution<double> load(0, policy.metrics[0].target.value.value() * 1.2 * policy.maxReplicas);
  Observed seen;
  for (int ticks = 200; ticks > 0; --ticks, now += policy.poll) {
    seen.samples.assign(policy.metrics.size(), api::Number{load(draw)});
    seen.readyPods = life.current();
    life.tick(policy, seen, now);
  }
}

Life anyLife(const api::Autoscaling& policy, WallTime& now) {
  Life life{.memory = {.desiredReplicas = *gen::inRange(policy.minReplicas, policy.maxReplicas + 1)}};
  if (*gen::inRange(0, 100) == 99) liveWildly(life, policy, now);
  for (int ticks = *gen::inRange(1, 25); ticks > 0; --ticks, now += policy.poll) {
    Observed seen{.current = life.current(), .readyPods = anyReady(life.current())};
    readSamples(seen, policy, 1);
    life.tick(policy, seen, now);
  }
  // Somebody else's reason, such as a condition or a rollout, writes the memory as well.
  if (oneOf(8)) life.stored = life.memory;
  return life;
}

RC_GTEST_PROP(RestartProperty, WhatIsStoredIsReadAsItWas, ()) {
  const api::Autoscaling policy = anyPolicy(true);
  WallTime now = t0;
  const api::AutoscalingStatus memory = anyLife(policy, now).memory;
  const api::AutoscalingStatus read = api::parseAutoscalingStatus(api::toJson(memory));
  RC_ASSERT(read.desiredReplicas == memory.desiredReplicas);
  RC_ASSERT(read.lastScaleTime == memory.lastScaleTime);
  RC_ASSERT(read.history == memory.history);
  const WallTime muchLater = now + std::chrono::hours{1};
  RC_ASSERT(mustWrite(read, memory, policy, Occasion::Shutdown, muchLater) == WriteReason::None);
}

RC_GTEST_PROP(RestartProperty, ACleanOneBetweenAnyTwoTicksChangesNothing, ()) {
  const api::Autoscaling policy = anyPolicy(true);
  WallTime now = t0;
  Life steady = anyLife(policy, now);
  Life stopped = steady;
  stopped.write(policy, Occasion::Shutdown, now - seconds{*gen::inRange<int64_t>(0, policy.poll.count() + 1)});
  Life restarted = stopped.restarted(policy, now);
  for (int ticks = 0; ticks < 15; ++ticks, now += policy.poll) {
    tickBoth(steady, restarted, policy, now);
    RC_ASSERT(restarted.current() == steady.current());
  }
}

RC_GTEST_PROP(RestartProperty, AKillNeverMakesAChangeEarlierOrLarger, ()) {
  const api::Autoscaling policy = anyPolicy(true);
  WallTime now = t0;
  Life steady = anyLife(policy, now);
  Life killed = steady.restarted(policy, now);
  for (int ticks = 0; ticks < 15; ++ticks, now += policy.poll) {
    const int32_t before = steady.current();
    tickBoth(steady, killed, policy, now);
    RC_ASSERT(std::min(before, steady.current()) <= killed.current());
    RC_ASSERT(killed.current() <= std::max(before, steady.current()));
    // From here on the two are not asked the same question.
    if (killed.current() != steady.current()) break;
  }
}

RC_GTEST_PROP(RestartProperty, AKillDelaysAChangeByAtMostAMinute, ()) {
  api::Autoscaling policy = anyPolicy(false);
  policy.panic.reset();
  policy.schedules.clear();
  policy.mode = api::ScalingMode::Active;
  policy.pausedDirections.clear();
  // Nothing that never moves, or not within the ticks below: it would be a costly way to say nothing.
  const seconds longest = policy.poll * 40;
  policy.cooldown = std::min(policy.cooldown, longest);
  for (api::ScalingRules* rules : {&policy.behavior.scaleUp, &policy.behavior.scaleDown}) {
    rules->stabilizationWindow = std::min(rules->stabilizationWindow, longest);
    if (rules->selectPolicy == api::SelectPolicy::Disabled) rules->selectPolicy = api::SelectPolicy::Max;
  }
  WallTime now = t0;
  Life steady = anyLife(policy, now);
  Life killed = steady.restarted(policy, now);
  // The load stays as it is from here on: each reaches its end when its memory lets it.
  const int32_t before = steady.current();
  Observed seen{.current = before, .readyPods = before};
  readSamples(seen, policy, 0);
  const seconds bound = std::max(seconds{60}, policy.poll);
  std::optional<WallTime> steadyMoved, killedMoved;
  for (int ticks = 0; ticks < 60 && !(steadyMoved && killedMoved); ++ticks, now += policy.poll) {
    if (!steadyMoved) steady.tick(policy, seen, now);
    if (!killedMoved) killed.tick(policy, seen, now);
    if (!steadyMoved && steady.current() != before) steadyMoved = now;
    if (!killedMoved && killed.current() != before) killedMoved = now;
    if (steadyMoved && !killedMoved) RC_ASSERT(now - *steadyMoved <= bound);
    // A fixed point: neither ever moves.
    if (!steadyMoved && steady.memory.lastDecision->steps.empty() && !steady.memory.history.idleSince) break;
  }
}

}  // namespace
}  // namespace tidewright::decide
