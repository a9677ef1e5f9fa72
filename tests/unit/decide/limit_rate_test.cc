#include "operator/decide/limit_rate.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;
using api::ScalingPolicy;
using api::SelectPolicy;

constexpr auto kPods = ScalingPolicy::Type::Pods;
constexpr auto kPercent = ScalingPolicy::Type::Percent;

struct Case {
  const char* name;
  int32_t wanted, current;
  std::vector<api::ScaleEvent> events;
  std::vector<ScalingPolicy> policies;
  SelectPolicy select;
  int32_t want;
};
class LimitRate : public testing::TestWithParam<Case> {};
TEST_P(LimitRate, GoesAsFarAsThePoliciesAllow) {
  const Case& c = GetParam();
  api::Behavior behavior;
  behavior.scaleUp.policies = behavior.scaleDown.policies = c.policies;
  behavior.scaleUp.selectPolicy = behavior.scaleDown.selectPolicy = c.select;
  const Bounds bounds{.min = 2, .max = 100};
  EXPECT_EQ(limitRate(c.wanted, c.current, c.events, bounds, behavior, t0).replicas, c.want);
}
INSTANTIATE_TEST_SUITE_P(
    Policies, LimitRate,
    testing::Values(Case{"UpByPods", 50, 10, {}, {{kPods, 4, 60s}}, SelectPolicy::Max, 14},
                    Case{"UpByPercentRoundsUp", 50, 7, {}, {{kPercent, 10, 60s}}, SelectPolicy::Max, 8},
                    Case{"DownByPercentTruncates", 2, 7, {}, {{kPercent, 10, 60s}}, SelectPolicy::Max, 6},
                    Case{"DownByPods", 2, 10, {}, {{kPods, 4, 60s}}, SelectPolicy::Max, 6},
                    Case{"UpMax", 50, 10, {}, {{kPods, 4, 60s}, {kPercent, 100, 60s}}, SelectPolicy::Max, 20},
                    Case{"UpMin", 50, 10, {}, {{kPods, 4, 60s}, {kPercent, 100, 60s}}, SelectPolicy::Min, 14},
                    Case{"DownMax", 2, 20, {}, {{kPods, 4, 60s}, {kPercent, 50, 60s}}, SelectPolicy::Max, 10},
                    Case{"DownMin", 2, 20, {}, {{kPods, 4, 60s}, {kPercent, 50, 60s}}, SelectPolicy::Min, 16},
                    Case{"UpDisabled", 50, 10, {}, {{kPods, 4, 60s}}, SelectPolicy::Disabled, 10},
                    Case{"DownDisabled", 2, 10, {}, {{kPods, 4, 60s}}, SelectPolicy::Disabled, 10},
                    Case{"CountsWhatWasAdded", 50, 10, {{t0 - 59s, 3}}, {{kPods, 4, 60s}}, SelectPolicy::Max, 11},
                    Case{"CountsWhatWasRemoved", 50, 10, {{t0 - 59s, -3}}, {{kPods, 4, 60s}}, SelectPolicy::Max, 17},
                    Case{"AsOldAsThePeriodIsTooOld", 50, 10, {{t0 - 60s, 3}}, {{kPods, 4, 60s}}, SelectPolicy::Max, 14},
                    Case{"NeverBackwardsUp", 50, 10, {{t0 - 1s, 9}}, {{kPods, 4, 60s}}, SelectPolicy::Max, 10},
                    Case{"NeverBackwardsDown", 5, 10, {{t0 - 1s, -9}}, {{kPods, 4, 60s}}, SelectPolicy::Max, 10},
                    Case{"UpToTheCeiling", 150, 90, {}, {{kPercent, 100, 60s}}, SelectPolicy::Max, 100},
                    Case{"DownToTheFloor", 0, 5, {}, {{kPercent, 100, 60s}}, SelectPolicy::Max, 2},
                    Case{"MoreThanAllDown", 0, 5, {}, {{kPercent, 900, 60s}}, SelectPolicy::Max, 2},
                    Case{"Enough", 12, 10, {}, {{kPods, 4, 60s}}, SelectPolicy::Max, 12},
                    Case{"Same", 10, 10, {}, {{kPods, 4, 60s}}, SelectPolicy::Max, 10}),
    [](const auto& c) { return c.param.name; });

TEST(LimitRate, Saturates) {
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  api::Behavior behavior;
  behavior.scaleUp.policies = {{kPercent, kMost, 60s}};
  EXPECT_EQ(limitRate(kMost, kMost - 1, {}, {.min = 0, .max = kMost}, behavior, t0).replicas, kMost);
}

TEST(LimitRate, SaysWhichPolicyBound) {
  const Outcome outcome = limitRate(50, 10, std::vector<api::ScaleEvent>{{t0 - 1s, 3}}, {.min = 1, .max = 100}, {}, t0);
  EXPECT_EQ(outcome.replicas, 14);
  EXPECT_EQ(outcome.why, "at most 100 % in 15 s, counted from 7");
}

}  // namespace
}  // namespace tidewright::decide
