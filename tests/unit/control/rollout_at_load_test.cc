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
  double load;   ///< Of one of the pods, or as a part of the target for the whole
  int32_t most;  ///< Pods that are there at once, at the least
};

struct AtLoad : testing::TestWithParam<Case> {
  AtLoad() {
    const Case& in = GetParam();
    api::ScaledAppSpec& spec = app.app.spec;
    spec.replicas = kPods;
    spec.rollout.analysis.clear();
    spec.rollout.strategy = in.strategy;
    spec.rollout.minReadySeconds = 5;
    if (in.strategy == api::RolloutStrategy::Canary) {
      spec.rollout.steps = {api::SetWeight{30}, api::Pause{60s}, api::SetWeight{70}, api::Pause{60s}};
    }
    api::Metric metric{.name = "load", .target = {.type = in.target, .value = {kPerPod * 1000}}};
    metric.prometheus.query = "load";
    spec.autoscaling = api::Autoscaling{.minReplicas = 1, .maxReplicas = 1000, .metrics = {metric}};
    // For a scale-down it would not have to wait, either.
    spec.autoscaling->behavior.scaleDown.stabilizationWindow = 0s;
    app.value = in.load * (in.target == api::Target::Type::AverageValue ? kPods : 1);
    app.pass(60s);
  }
  PretendedApp app;
};

TEST_P(AtLoad, TheCountStaysWhereTheLoadHasIt) {
  ASSERT_EQ(app.status.desiredReplicas, kPods);
  app.image("two");
  int32_t most = 0;
  for (int i = 0; i < 600; ++i) {
    app.pass(1s);
    ASSERT_EQ(app.status.desiredReplicas, kPods) << i << " s into the rollout";
    most = std::max(most, app.status.counts.replicas);
  }
  EXPECT_EQ(app.stable(), app.current()) << "it was a whole rollout";
  EXPECT_GE(most, GetParam().most) << "there were pods to be fooled by";
  EXPECT_EQ(app.pods(app.current()), kPods);
}

// Each load is all but what the pods may carry before more are asked for.
INSTANTIATE_TEST_SUITE_P(Rollouts, AtLoad,
                         testing::Values(Case{"RollingUpdatePerPod", api::RolloutStrategy::RollingUpdate,
                                              api::Target::Type::AverageValue, 10.9, kPods + 95},
                                         Case{"RollingUpdateForTheWhole", api::RolloutStrategy::RollingUpdate,
                                              api::Target::Type::Value, 10.9, kPods + 95},
                                         Case{"CanaryPerPod", api::RolloutStrategy::Canary,
                                              api::Target::Type::AverageValue, 10.9, kPods},
                                         Case{"BlueGreenPerPod", api::RolloutStrategy::BlueGreen,
                                              api::Target::Type::AverageValue, 10.9, 2 * kPods},
                                         Case{"BlueGreenForTheWhole", api::RolloutStrategy::BlueGreen,
                                              api::Target::Type::Value, 10.9, 2 * kPods}),
                         [](const auto& in) { return in.param.name; });

/// A load that asks for more during the rollout gets what it asks for of the pods that are meant to be, and no more.
TEST(AtRisingLoad, AStepDuringARolloutIsMultipliedWithoutTheSurge) {
  PretendedApp app;
  app.app.spec.replicas = kPods;
  app.app.spec.rollout.analysis.clear();
  api::Metric metric{.name = "load", .target = {.type = api::Target::Type::Value, .value = {kPerPod * 1000}}};
  metric.prometheus.query = "load";
  app.app.spec.autoscaling = api::Autoscaling{.minReplicas = 1, .maxReplicas = 1000, .metrics = {metric}};
  app.app.spec.rollout.minReadySeconds = 30;
  app.value = kPerPod;
  app.pass(60s);
  app.image("two");
  app.pass(10s);
  ASSERT_GT(app.status.counts.replicas, kPods) << "the surge is there";
  app.value = kPerPod * 1.5;
  app.pass(16s);  // One poll, and the second that an answer is waited for.
  EXPECT_EQ(app.status.desiredReplicas, (kPods * 3 + 1) / 2);
}

}  // namespace
}  // namespace tidewright::control
