#include "operator/api/scaled_app_status.h"

#include <gtest/gtest.h>

namespace tidewright::api {
namespace {

using std::chrono::seconds;

constexpr WallTime t0{seconds(1'700'000'000)};

TEST(Condition, KeepsItsTransitionTimeUntilTheStatusChanges) {
  std::vector<Condition> all;
  setCondition(all, {.type = "Ready", .status = ConditionStatus::False, .reason = "A"}, t0);
  setCondition(all, {.type = "Ready", .status = ConditionStatus::False, .reason = "B"}, t0 + seconds(5));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].lastTransitionTime, t0);
  EXPECT_EQ(all[0].reason, "B");
  setCondition(all, {.type = "Ready", .status = ConditionStatus::True, .reason = "C"}, t0 + seconds(9));
  EXPECT_EQ(findCondition(all, "Ready")->lastTransitionTime, t0 + seconds(9));
  EXPECT_EQ(findCondition(all, "Other"), nullptr);
}

ScaledAppStatus full() {
  ScaledAppStatus status;
  status.observedGeneration = 4;
  setCondition(status.conditions, {.type = "Ready", .status = ConditionStatus::True, .reason = "A", .message = "m"},
               t0);
  status.phase = Phase::RolledBack;
  status.message = "back";
  status.desiredReplicas = 3;
  status.counts = {3, 2, 1, 2};
  status.selector = "a=b";
  status.workload = {"old",
                     "new",
                     {.revision = "new",
                      .stepsHash = "h",
                      .stepIndex = 1,
                      .stepCount = 3,
                      .weight = 20,
                      .desiredWeight = 30,
                      .promoteFull = true,
                      .startedAt = t0,
                      .pausedAt = t0,
                      .progressedAt = t0,
                      .availableHighWater = 2,
                      .replicasHighWater = 3,
                      .highWaterOf = 3,
                      .message = "m",
                      .analysis = {{.name = "errors",
                                    .phase = MetricAnalysis::Phase::Inconclusive,
                                    .step = 0,
                                    .startedAt = t0 + std::chrono::microseconds(7),
                                    .successful = 1,
                                    .failed = 2,
                                    .inconclusive = 3,
                                    .ignored = 4,
                                    .consecutiveErrors = 5,
                                    .measurements = {{.result = Measurement::Result::Failed, .at = t0, .value = 0.05},
                                                     {.result = Measurement::Result::Ignored,
                                                      .at = t0 + std::chrono::microseconds(1),
                                                      .value = {},
                                                      .message = "no series"}},
                                    .message = "m"},
                                   {.name = "latency", .startedAt = t0, .measurements = {}}}}};
  status.shards = {{.name = "eu", .desired = 2, .ready = 1, .workload = {.stableRevision = "s"}}};
  status.lastCommand = LastCommand{"retry", t0, "done"};
  return status;
}

TEST(ScaledAppStatus, IsReadBackAsItWasWritten) {
  EXPECT_EQ(parseScaledAppStatus(toJson(full())), full());
  EXPECT_EQ(parseScaledAppStatus(toJson(ScaledAppStatus{})), ScaledAppStatus{});
}

TEST(ScaledAppStatus, MayBeLostCutShortOrNonsense) {
  EXPECT_EQ(parseScaledAppStatus(nullptr), ScaledAppStatus{});
  EXPECT_EQ(parseScaledAppStatus("text"), ScaledAppStatus{});
  const nlohmann::json whole = toJson(full());
  for (const auto& [key, value] : whole.items()) {
    for (const nlohmann::json& other :
         {nlohmann::json(), nlohmann::json(-1), nlohmann::json("x"), nlohmann::json({1}), nlohmann::json({{"a", 1}})}) {
      nlohmann::json broken = whole;
      broken[key] = other;
      (void)parseScaledAppStatus(broken);
    }
  }
}

}  // namespace
}  // namespace tidewright::api
