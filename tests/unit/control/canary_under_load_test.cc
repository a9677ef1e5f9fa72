// A canary of ten steps while the autoscaler follows a load that doubles and halves: both decide at every tick, on pods
// that start late. TIDEWRIGHT_HISTORIES asks for more of them.
#include <cmath>

#include <gtest/gtest.h>

#include "operator/decide/autoscale.h"
#include "operator/decide/canary_steps.h"
#include "operator/decide/rolling_update.h"
#include "tests/unit/asked.h"
#include "tests/unit/decide/simulated_cluster.h"

namespace tidewright::decide {
namespace {

using std::chrono::seconds;

constexpr int32_t kPerPod = 10;
constexpr seconds kTick{1};
const std::vector<int32_t> kWeights{5, 10, 20, 30, 40, 50, 60, 70, 80, 90};

api::Autoscaling policy() {
  api::Autoscaling policy{.minReplicas = 1, .maxReplicas = 64, .metrics = {{.name = "load"}}};
  policy.metrics[0].target.value = {kPerPod * 1000};
  policy.behavior.scaleDown.stabilizationWindow = seconds(0);
  return policy;
}

class CanaryUnderLoad {
 public:
  explicit CanaryUnderLoad(uint64_t seed) : dice_(seed), cluster_(WallTime(seconds(1'800'000'000))) {
    spec_.strategy = api::RolloutStrategy::Canary;
    spec_.maxSurge = {.value = dice_.pick(1, 100), .percent = true};
    for (const int32_t weight : kWeights) spec_.steps.emplace_back(api::SetWeight{weight});
    load_ = dice_.pick(2, 16) * kPerPod;
    pods_ = load_ / kPerPod;
  }

  void run() {
    for (int tick = 0; tick < 30; ++tick) look();
    ASSERT_TRUE(last_.complete) << "the first version does not come to rest";
    version_ = 2;
    for (int tick = 0; tick < 2000 && !(last_.complete && last_.status.stableRevision == "r2"); ++tick) {
      if (tick % 8 == 3) load_ = load_ > 16 * kPerPod || (load_ > kPerPod && dice_.oneIn(2)) ? load_ / 2 : load_ * 2;
      look();
      checkWeight();
      if (testing::Test::HasFailure()) return;
    }
    EXPECT_EQ(last_.status.stableRevision, "r2") << "the canary does not end";
    for (int tick = 0; tick < 40; ++tick) look();
    EXPECT_EQ(cluster_.replicas(), pods_);
    EXPECT_EQ(pods_, (load_ + kPerPod - 1) / kPerPod) << "of a load that stays";
    EXPECT_GE(changes_, 1);
  }

 private:
  void look() {
    cluster_.passTime(kTick, dice_, spec_.minReadySeconds, false);
    followLoad();
    const Limits limits = resolveLimits(spec_.maxSurge, spec_.maxUnavailable, pods_);
    last_ = decideRollout({.spec = spec_,
                           .target = simulatedRevision(version_),
                           .desired = pods_,
                           .replicaSets = cluster_.views(),
                           .status = status_},
                          cluster_.now());
    for (const RolloutAction& action : last_.actions) {
      const int64_t availableBefore = cluster_.available(), replicasBefore = cluster_.replicas();
      ASSERT_EQ(cluster_.write(action), std::nullopt);
      if (cluster_.available() < availableBefore) {
        EXPECT_GE(cluster_.available(), pods_ - limits.unavailable);
      }
      if (cluster_.replicas() > replicasBefore) {
        EXPECT_LE(cluster_.replicas(), pods_ + limits.surge);
      }
    }
    if (last_.status.rollout.desiredWeight != status_.rollout.desiredWeight) {
      weightBefore_ = status_.rollout.desiredWeight;
    }
    status_ = last_.status;
    EXPECT_GE(cluster_.replicas(), pods_) << "fewer than the load needs";
  }

  /// The count is what the load says, whatever the rollout has running.
  void followLoad() {
    Observed seen{
        .current = pods_, .readyPods = static_cast<int32_t>(cluster_.available()), .history = memory_.history};
    seen.samples = {api::Number{static_cast<double>(load_)}};
    const Decision decision = scale(policy_, seen, cluster_.now());
    if (decision.replicas != pods_) ++changes_;
    remember(decision, policy_.behavior, memory_);
    EXPECT_TRUE(decision.replicas == pods_ || (decision.replicas > pods_) == (load_ > pods_ * kPerPod));
    EXPECT_LE(decision.replicas, std::max(pods_, (load_ + kPerPod - 1) / kPerPod)) << "surge pods inflate the count";
    pods_ = decision.replicas;
  }

  /// Between the step before and this one, up to one pod. Pods that are too many since the count fell, and may not go
  /// yet, are of whichever side they were.
  void checkWeight() const {
    double canary = 0, all = 0;
    for (const ReplicaSetView& set : cluster_.views()) {
      all += set.replicas;
      if (set.revision == "r2") canary += set.replicas;
    }
    const auto [low, high] = std::minmax(weightBefore_, status_.rollout.desiredWeight);
    const int32_t most = pods_ + resolveLimits(spec_.maxSurge, spec_.maxUnavailable, pods_).surge;
    if (last_.complete || status_.stableRevision == "r2" || all > most) return;
    EXPECT_GE(canary, all * low / 100 - 1) << "weight " << low << ".." << high << " of " << all;
    EXPECT_LE(canary, all * high / 100 + 1) << "weight " << low << ".." << high << " of " << all;
  }

  Dice dice_;
  SimulatedCluster cluster_;
  const api::Autoscaling policy_ = policy();
  api::RolloutSpec spec_;
  int32_t version_ = 1;
  int32_t load_ = 0;
  int32_t pods_ = 0;
  int changes_ = 0;
  int32_t weightBefore_ = 0;
  api::AutoscalingStatus memory_;
  api::WorkloadStatus status_;
  RolloutDecision last_;
};

TEST(CanaryUnderLoad, IsNeverOffByMoreThanOnePod) {
  const uint64_t histories = asked("TIDEWRIGHT_HISTORIES", 2000) / 10;
  for (uint64_t seed = 1; seed <= histories; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    CanaryUnderLoad(seed).run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tidewright::decide
