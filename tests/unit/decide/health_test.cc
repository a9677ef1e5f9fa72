#include "operator/decide/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/app_fixtures.h"

namespace tidewright::decide {
namespace {

using nlohmann::json;

struct HealthCase {
  const char* name;
  RolloutDecision rollout;
  int32_t desired;
  api::Phase want;
};
class HealthOf : public testing::TestWithParam<HealthCase> {};
TEST_P(HealthOf, IsOneWord) {
  const auto& c = GetParam();
  EXPECT_EQ(healthOf(app(json::object()), {{"", c.desired, &c.rollout}}).phase, c.want);
}

RolloutDecision rolledBack() {
  RolloutDecision out = decision("old", "new");
  out.rolledBack = true;
  out.progressing.status = api::ConditionStatus::False;
  return out;
}
RolloutDecision lostPods() {
  RolloutDecision out = decision("abc", "abc");
  out.complete = false;
  out.available.status = api::ConditionStatus::False;
  return out;
}
RolloutDecision stepWaits() {
  RolloutDecision out = decision("old", "new");
  out.status.rollout.pausedAt = WallTime{};
  return out;
}
RolloutDecision stepAtZero() {
  RolloutDecision out = decision("abc", "abc");
  out.status.rollout.pausedAt = WallTime{};
  return out;
}
RolloutDecision late() {
  RolloutDecision out = decision("", "new");
  out.progressing.status = api::ConditionStatus::False;
  return out;
}

RolloutDecision incomplete(const std::string& stable, const std::string& current) {
  RolloutDecision out = decision(stable, current);
  out.complete = false;
  return out;
}

INSTANTIATE_TEST_SUITE_P(Phases, HealthOf,
                         testing::Values(HealthCase{"Healthy", decision("abc", "abc"), 3, api::Phase::Healthy},
                                         HealthCase{"Suspended", decision("abc", "abc"), 0, api::Phase::Suspended},
                                         HealthCase{"SuspendedInAStep", stepAtZero(), 0, api::Phase::Suspended},
                                         HealthCase{"Progressing", decision("old", "new"), 3, api::Phase::Progressing},
                                         HealthCase{"RolledBack", rolledBack(), 3, api::Phase::RolledBack},
                                         HealthCase{"Degraded", lostPods(), 3, api::Phase::Degraded},
                                         HealthCase{"Paused", stepWaits(), 3, api::Phase::Paused},
                                         HealthCase{"Late", late(), 3, api::Phase::Degraded},
                                         HealthCase{"ToZero", decision("old", "new"), 0, api::Phase::Progressing},
                                         HealthCase{"Beginning", incomplete("", "new"), 3, api::Phase::Progressing},
                                         HealthCase{"Growing", incomplete("abc", "abc"), 3, api::Phase::Progressing}),
                         [](const auto& c) { return c.param.name; });

TEST(Health, TheWorstShardSpeaks) {
  const RolloutDecision good = decision("abc", "abc"), bad = rolledBack();
  const Health health = healthOf(app(json::object()), {{"eu", 3, &good}, {"us", 3, &bad}});
  EXPECT_EQ(health.phase, api::Phase::RolledBack);
  EXPECT_THAT(health.message, testing::StartsWith("shard us: "));
}

TEST(Health, TheWorstOfAllShardsSpeaksWhereverItIs) {
  const RolloutDecision good = decision("abc", "abc"), moving = decision("old", "new"), undone = rolledBack(),
                        waiting = stepWaits(), lost = lostPods();
  const auto phase = [](const RolloutDecision& a, int32_t desired, const RolloutDecision& b) {
    return healthOf(app(json::object()), {{"eu", 3, &a}, {"us", desired, &b}}).phase;
  };
  EXPECT_EQ(phase(good, 0, good), api::Phase::Healthy);
  EXPECT_EQ(phase(moving, 3, good), api::Phase::Progressing);
  EXPECT_EQ(phase(waiting, 3, moving), api::Phase::Paused);
  EXPECT_EQ(phase(waiting, 3, undone), api::Phase::RolledBack);
  EXPECT_EQ(phase(lost, 3, undone), api::Phase::Degraded);
}

TEST(Health, AConditionIsAsBadAsItsWorstShard) {
  const RolloutDecision good = decision("abc", "abc");
  RolloutDecision unknown = good, bad = good;
  unknown.progressing.status = api::ConditionStatus::Unknown;
  bad.progressing.status = api::ConditionStatus::False;
  const auto status = [](const RolloutDecision& a, const RolloutDecision& b) {
    return healthOf(app(json::object()), {{"eu", 3, &a}, {"us", 3, &b}}).conditions.at(1).status;
  };
  EXPECT_EQ(status(good, unknown), api::ConditionStatus::Unknown);
  EXPECT_EQ(status(unknown, bad), api::ConditionStatus::False);
  EXPECT_EQ(status(bad, good), api::ConditionStatus::False);
}

TEST(Health, OfAPausedAppIsPaused) {
  const RolloutDecision good = decision("abc", "abc");
  EXPECT_EQ(healthOf(app({{"paused", true}}), {{"", 3, &good}}).phase, api::Phase::Paused);
}

TEST(Health, OfNoWorkloadIsThatOfABeginning) {
  EXPECT_EQ(healthOf(app(json::object()), {}).phase, api::Phase::Progressing);
}

TEST(Health, OfASpecThatIsRefusedSaysWhy) {
  const Health health = invalidHealth("Conflict", "another owner");
  EXPECT_EQ(health.phase, api::Phase::Invalid);
  ASSERT_EQ(health.conditions.size(), 2U);
  EXPECT_EQ(health.conditions[0].reason, "Conflict");
  EXPECT_EQ(health.conditions[1].message, "another owner");
}

std::string zeroDowntimeReason(const api::ScaledApp& app) {
  const RolloutDecision good = decision("abc", "abc");
  for (const ConditionValue& condition : healthOf(app, {{"", 3, &good}}).conditions) {
    if (condition.type == "ZeroDowntime") return condition.reason;
  }
  return "";
}

TEST(Health, WarnsWithoutAReadinessProbe) {
  EXPECT_EQ(zeroDowntimeReason(app(json::object())), "NoReadinessProbe");
  const json probe = {{"tcpSocket", {{"port", 80}}}};
  EXPECT_EQ(zeroDowntimeReason(
                app({{"template", {{"spec", {{"containers", {{{"name", "web"}, {"readinessProbe", probe}}}}}}}}})),
            "ReadinessProbe");
  api::ScaledApp target = app(json::object());
  target.spec.podTemplate = nullptr;  // a targetRef has none
  EXPECT_EQ(zeroDowntimeReason(target), "");
}

}  // namespace
}  // namespace tidewright::decide
