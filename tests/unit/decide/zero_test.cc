#include "operator/decide/zero.h"

#include <gtest/gtest.h>

#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;

struct ActivityCase {
  const char* name;
  std::vector<api::MetricTrace> traces;
  bool active, idle;
};
class ActivityOf : public testing::TestWithParam<ActivityCase> {};
TEST_P(ActivityOf, IsStrictlyAboveTheActivation) {
  const std::vector<api::Metric> metrics{{.activation = {10'000}}, {.activation = {0}}};
  const Activity activity = activityOf(metrics, GetParam().traces);
  EXPECT_EQ(activity.active != nullptr, GetParam().active);
  EXPECT_EQ(activity.idle, GetParam().idle);
}
api::MetricTrace known(double value) { return {.sample = api::Number{value}}; }
api::MetricTrace unknown(std::optional<int32_t> fallback) {
  return {.sample = api::Unknown{"x"}, .proposal = fallback};
}
INSTANTIATE_TEST_SUITE_P(Activation10And0, ActivityOf,
                         testing::Values(ActivityCase{"AtIt", {known(10), known(0)}, false, true},
                                         ActivityCase{"AboveTheFirst", {known(10.001), known(0)}, true, false},
                                         ActivityCase{"AboveTheSecond", {known(0), known(0.001)}, true, false},
                                         ActivityCase{"UnknownIsNeither", {known(0), unknown({})}, false, false},
                                         ActivityCase{"FallbackAsksForPods", {known(0), unknown(3)}, true, false},
                                         ActivityCase{"FallbackOfNothing", {known(0), unknown(0)}, false, false},
                                         ActivityCase{"NoMetrics", {}, false, false}),
                         [](const auto& c) { return c.param.name; });

struct Case {
  const char* name;
  int32_t replicas, current;
  bool active;
  std::optional<std::chrono::seconds> idleFor;
  bool panicking;
  int32_t want;
};
class Zero : public testing::TestWithParam<Case> {};
TEST_P(Zero, IsLeftAtOnceAndReachedAfterTheCooldown) {
  const Case& c = GetParam();
  const api::MetricTrace metric{.name = "load"};
  const Activity activity{.active = c.active ? &metric : nullptr, .idle = c.idleFor.has_value()};
  const std::optional<WallTime> since = c.idleFor ? std::optional(t0 - *c.idleFor) : std::nullopt;
  EXPECT_EQ(zero(c.replicas, c.current, plainPolicy(), activity, since, c.panicking, t0).replicas, c.want);
}
INSTANTIATE_TEST_SUITE_P(
    Cooldown300, Zero,
    testing::Values(Case{"StaysAtZero", 3, 0, false, 0s, false, 0}, Case{"LeavesZero", 0, 0, true, {}, false, 1},
                    Case{"LeavesZeroAsFarAsAsked", 3, 0, true, {}, false, 3},
                    Case{"NotYet", 0, 2, false, 299s, false, 1}, Case{"CooldownOver", 0, 2, false, 300s, false, 0},
                    Case{"FromAnyCount", 5, 5, false, 300s, false, 0}, Case{"NotIdle", 0, 2, false, {}, false, 1},
                    Case{"Busy", 4, 2, true, {}, false, 4}, Case{"NotInAPanic", 5, 5, false, 300s, true, 5}),
    [](const auto& c) { return c.param.name; });

TEST(Zero, IsNotReachedWhenScalingDownIsDisabled) {
  api::Autoscaling policy = plainPolicy();
  policy.behavior.scaleDown.selectPolicy = api::SelectPolicy::Disabled;
  EXPECT_EQ(zero(5, 5, policy, {.idle = true}, t0 - 1h, false, t0).replicas, 5);
}

}  // namespace
}  // namespace tidewright::decide
