#include "simulate/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "operator/decide/autoscale.h"
#include "simulate/csv.h"
#include "simulate/summary.h"

namespace tidewright::simulate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const WallTime t0{1'700'000'000s};

/// 100 a pod, 1 to 20 pods, every 15 s, the rest by default.
api::Autoscaling policy() {
  return {.minReplicas = 1, .maxReplicas = 20, .metrics = {{.name = "rps", .target = {.value = {100'000}}}}};
}

Load loadOf(const std::vector<double>& values, std::chrono::seconds step = 15s) {
  Series series;
  for (std::size_t i = 0; i < values.size(); ++i) series.push_back({t0 + static_cast<int64_t>(i) * step, values[i]});
  return {.metrics = {{"rps", series}}};
}

std::vector<int32_t> counts(const Run& run) {
  std::vector<int32_t> out;
  for (const Tick& tick : run.ticks) out.push_back(tick.desired);
  return out;
}

Run runOf(const api::Autoscaling& p, const Load& load, const Options& options = {}) {
  Result<Run> run = simulate(p, load, options);
  EXPECT_TRUE(run) << run.error().message();
  return run ? *std::move(run) : Run{};
}

TEST(Simulate, FollowsTheLoadAndSaysWhy) {
  const auto run = runOf(policy(), loadOf({100, 500, 500}));
  EXPECT_EQ(counts(run), (std::vector<int32_t>{1, 5, 5}));
  EXPECT_EQ(run.ticks[0].why, "");
  EXPECT_THAT(run.ticks[1].why, HasSubstr("propose: 1 to 5"));
  EXPECT_EQ(run.ticks[1].needed, 5);
  EXPECT_EQ(run.ticks[1].at, t0 + 15s);
}

TEST(Simulate, IsTickForTickWhatTheOperatorDecides) {
  std::vector<double> values;
  for (int i = 0; i < 500; ++i) values.push_back(900 + 850 * std::sin(i / 17.0) + (i * 37 % 91));
  const auto run = runOf(policy(), loadOf(values), {.start = 3});
  api::AutoscalingStatus memory;
  int32_t current = 3;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const decide::Decision decision = decide::scale(
        policy(),
        {.current = current, .readyPods = current, .samples = {api::Number{values[i]}}, .history = memory.history},
        t0 + static_cast<int64_t>(i) * 15s);
    decide::remember(decision, policy().behavior, memory);
    current = decision.replicas;
    ASSERT_EQ(run.ticks[i].desired, current) << "tick " << i;
  }
}

TEST(Simulate, AGapInTheLoadIsUnknownAtOnceAndHolds) {
  Load load = loadOf({800, 800, 800});
  load.metrics["rps"].push_back({t0 + 300s, 100});
  const auto run = runOf(policy(), load, {.start = 8});
  ASSERT_EQ(run.ticks.size(), 21U);
  EXPECT_EQ(run.ticks[2].values[0], 800);
  // Prometheus says nothing at 45 s, and the operator does not go on with what it said before.
  EXPECT_EQ(run.ticks[3].values[0], std::nullopt);
  EXPECT_EQ(run.ticks[3].needed, std::nullopt);
  EXPECT_EQ(run.ticks[19].desired, 8);
}

TEST(Simulate, ACoarselyRecordedLoadIsNoGap) {
  const auto run = runOf(policy(), loadOf({800, 800, 800}, 5min), {.start = 8});
  for (const Tick& tick : run.ticks) EXPECT_EQ(tick.values[0], 800);
}

TEST(Simulate, WhatOnlyDecidesIsTakenAsActive) {
  api::Autoscaling dry = policy();
  dry.mode = api::ScalingMode::DryRun;
  EXPECT_EQ(counts(runOf(dry, loadOf({500}))), std::vector<int32_t>{5});
}

TEST(Simulate, NewPodsAreReadyOnceTheyHaveStarted) {
  const auto run = runOf(policy(), loadOf({500, 500, 500, 500}), {.startup = 30s});
  std::vector<int32_t> ready;
  for (const Tick& tick : run.ticks) ready.push_back(tick.ready);
  EXPECT_EQ(ready, (std::vector<int32_t>{1, 1, 5, 5}));
  const Summary sum = summarise(run);
  EXPECT_EQ(sum.underCapacity, 30s);
  EXPECT_EQ(sum.changes, 1);
  EXPECT_EQ(sum.time, 60s);
  EXPECT_DOUBLE_EQ(sum.podHours, 4 * 5 * 15 / 3600.0);
}

TEST(Simulate, SeveralMetricsAndAPanicAreReadEachFromItsOwn) {
  api::Autoscaling p = policy();
  p.metrics.push_back({.name = "queue", .target = {.value = {10'000}}});
  p.panic = api::Panic{};
  Load load = loadOf({100, 100});
  load.metrics["queue"] = {{t0, 10}, {t0 + 15s, 30}};
  load.panic = {{t0 + 15s, 900}};
  const auto run = runOf(p, load);
  EXPECT_EQ(run.metrics, (std::vector<std::string>{"rps", "queue"}));
  EXPECT_EQ(run.ticks[1].values, (std::vector<std::optional<double>>{100, 30}));
  EXPECT_EQ(run.ticks[1].needed, 3);
  EXPECT_EQ(run.ticks[1].desired, 9) << run.ticks[1].why;
  EXPECT_THAT(run.ticks[1].why, HasSubstr("panic"));
}

TEST(Simulate, TheTimeMayBeNarrowed) {
  const auto run = runOf(policy(), loadOf({100, 200, 300, 400}), {.from = t0 + 15s, .to = t0 + 30s});
  EXPECT_EQ(run.ticks.size(), 2U);
  EXPECT_EQ(run.ticks.front().values[0], 200);
}

TEST(Simulate, MayLookAtTheTimesOfTheSamples) {
  // An operator's ticks: late, in time, one left out.
  const Load load{.metrics = {{"rps", {{t0, 100}, {t0 + 16s, 300}, {t0 + 30s, 100}, {t0 + 61s, 800}}}}, .panic = {}};
  const auto run = runOf(policy(), load, {.atSamples = true});
  std::vector<WallTime> at;
  for (const Tick& tick : run.ticks) at.push_back(tick.at);
  EXPECT_EQ(at, (std::vector<WallTime>{t0, t0 + 16s, t0 + 30s, t0 + 61s}));
  EXPECT_EQ(counts(run), (std::vector<int32_t>{1, 3, 3, 7}));
  const Summary sum = summarise(run);
  EXPECT_EQ(sum.time, 76s) << "the last tick lasts a poll";
  EXPECT_DOUBLE_EQ(sum.podHours, (16 * 1 + 45 * 3 + 15 * 7) / 3600.0);
  EXPECT_EQ(runOf(policy(), load, {.from = t0 + 16s, .to = t0 + 30s, .atSamples = true}).ticks.size(), 2U);
  EXPECT_THAT(simulate(policy(), load, {.from = t0 + 1s, .to = t0 + 2s, .atSamples = true}).error().message(),
              HasSubstr("no sample in the time"));
}

TEST(Simulate, ATableHasALineForEachTick) {
  Load load = loadOf({100, 0.1, 100});
  load.metrics["rps"][1].value.reset();
  load.metrics["rps"][2].value = 250.5;
  EXPECT_EQ(renderCsv(runOf(policy(), load)),
            "time,rps,ready,desired\n"
            "2023-11-14T22:13:20Z,100,1,1\n"
            "2023-11-14T22:13:35Z,,1,1\n"
            "2023-11-14T22:13:50Z,250.5,1,3\n");
}

TEST(Simulate, WhatCannotBeRunSaysWhy) {
  EXPECT_THAT(simulate(policy(), {}, {}).error().message(), HasSubstr("no samples for the metric \"rps\""));
  EXPECT_THAT(simulate(policy(), loadOf({1}), {.from = t0, .to = t0 - 1s}).error().message(), HasSubstr("no load"));
  EXPECT_THAT(simulate(policy(), loadOf({1}), {.to = t0 + 24h * 3650}).error().message(), HasSubstr("ticks"));
}

TEST(Simulate, TenDaysTakeLittleTime) {
  std::vector<double> values;
  for (int i = 0; i < 10 * 24 * 240; ++i) values.push_back(1000 + 900 * std::sin(i / 900.0) + (i * 7919 % 307));
  const auto began = std::chrono::steady_clock::now();
  const auto run = runOf(policy(), loadOf(values));
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_EQ(run.ticks.size(), values.size());
  // Speed is a figure, not a verdict: two seconds are the aim in a release build.
  std::printf("figure: ten days of 15 s simulated in %.2f s\n", std::chrono::duration<double>(took).count());
  EXPECT_LT(took, 60s);
}

}  // namespace
}  // namespace tidewright::simulate
