// A rollout of an autoscaled app under load. What others got wrong: the surging pods entered the formula, the count
// that followed made room for more of them, and a rolling update of 383 pods ended with 664.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/control/pretended_app.h"

namespace tidewright::control {
namespace {

constexpr int32_t kPods = 383;
constexpr double kPerPod = 10;

struct Case {
  const char* name;
  api::RolloutStrategy strategy;
  api::Target::Type target;
  int32_t most;  ///< Pods that are there at once
};

struct AtLoad : testing::TestWithParam<Case> {
  AtLoad() {
    const Case& in = GetParam();
    api::ScaledAppSpec& spec = app.app.spec;
    spec.replicas = kPods;
    spec.rollout.analysis.clear();
    spec.rollout.strategy = in.strategy;
    if (in.strategy == api::RolloutStrategy::Canary) spec.rollout.steps = {api::SetWeight{30}, api::Pause{20s}};
    api::Metric metric{.name = "load", .target = {.type = in.target, .value = {kPerPod * 1000}}};
    metric.prometheus.query = "load";
    spec.autoscaling = api::Autoscaling{.minReplicas = 1, .maxReplicas = 1000, .metrics = {metric}};
    // To fall, it would not have to wait either.
    spec.autoscaling->behavior.scaleDown.stabilizationWindow = 0s;
    // All but what makes it ask for more.
    app.value = 1.09 * kPerPod * (in.target == api::Target::Type::AverageValue ? kPods : 1);
    app.pass(20s);
  }

  /// Some polls, of which none changes the count.
  void staysFor(std::chrono::seconds time) {
    for (const WallTime end = app.now + time; app.now < end;) {
      app.pass(5s);
      ASSERT_EQ(app.status.desiredReplicas, kPods);
    }
  }
  PretendedApp app;
};

TEST_P(AtLoad, TheCountStaysWhereTheLoadHasIt) {
  ASSERT_EQ(app.status.desiredReplicas, kPods);
  app.podsComeReady = false;
  app.image("two");
  staysFor(35s);
  EXPECT_EQ(app.status.counts.replicas, GetParam().most) << "there are pods to be fooled by";
  app.makeReady();
  staysFor(60s);
  EXPECT_EQ(app.stable(), app.current()) << "it was a whole rollout";
  EXPECT_EQ(app.pods(app.current()), kPods);
}

constexpr int32_t kSurge = 96;  // 25 %, rounded up
constexpr auto kEach = api::Target::Type::AverageValue;
constexpr auto kWhole = api::Target::Type::Value;
INSTANTIATE_TEST_SUITE_P(
    Rollouts, AtLoad,
    testing::Values(Case{"RollingUpdatePerPod", api::RolloutStrategy::RollingUpdate, kEach, kPods + kSurge},
                    Case{"RollingUpdateForTheWhole", api::RolloutStrategy::RollingUpdate, kWhole, kPods + kSurge},
                    Case{"CanaryPerPod", api::RolloutStrategy::Canary, kEach, kPods + kSurge},
                    Case{"BlueGreenPerPod", api::RolloutStrategy::BlueGreen, kEach, 2 * kPods},
                    Case{"BlueGreenForTheWhole", api::RolloutStrategy::BlueGreen, kWhole, 2 * kPods}),
    [](const auto& in) { return in.param.name; });

/// A load that asks for more during the rollout gets what it asks for of the pods that are meant to be, and no more.
TEST(AtRisingLoad, AStepDuringARolloutIsMultipliedWithoutTheSurge) {
  PretendedApp app;
  app.app.spec.replicas = kPods;
  app.app.spec.rollout.analysis.clear();
  api::Metric metric{.name = "load", .target = {.type = api::Target::Type::Value, .value = {kPerPod * 1000}}};
  metric.prometheus.query = "load";
  app.app.spec.autoscaling = api::Autoscaling{.minReplicas = 1, .maxReplicas = 1000, .metrics = {metric}};
  app.value = kPerPod;
  app.pass(20s);
  app.podsComeReady = false;
  app.image("two");
  app.pass(10s);
  ASSERT_GT(app.status.counts.replicas, kPods) << "the surge is there";
  app.value = kPerPod * 1.5;
  app.pass(16s);  // One poll, and the second that an answer is waited for.
  EXPECT_EQ(app.status.desiredReplicas, (kPods * 3 + 1) / 2);
}

}  // namespace
}  // namespace tidewright::control
