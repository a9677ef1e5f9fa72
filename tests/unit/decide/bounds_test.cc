#include "operator/decide/bounds.h"

#include <date/tz.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using Count = std::optional<int32_t>;

/// Always active but for the minute before midnight, or never at `t0`, 08:00 UTC.
api::Schedule schedule(const char* name, bool active, Count replicas, Count min, Count max) {
  return {.name = name,
          .start = *api::Cron::parse(active ? "0 0 * * *" : "0 10 * * *"),
          .end = *api::Cron::parse(active ? "59 23 * * *" : "0 11 * * *"),
          .timeZone = "UTC",
          .zone = date::locate_zone("UTC"),
          .replicas = replicas,
          .minReplicas = min,
          .maxReplicas = max};
}

struct Case {
  const char* name;
  std::vector<api::Schedule> schedules;
  int32_t min, max;
};
class BoundsInForce : public testing::TestWithParam<Case> {};
TEST_P(BoundsInForce, AreThoseOfTheActiveSchedules) {
  api::Autoscaling policy = plainPolicy();
  policy.minReplicas = 3;
  policy.schedules = GetParam().schedules;
  const Bounds bounds = boundsInForce(policy, t0);
  EXPECT_EQ(bounds.min, GetParam().min);
  EXPECT_EQ(bounds.max, GetParam().max);
}
INSTANTIATE_TEST_SUITE_P(
    Of3To20, BoundsInForce,
    testing::Values(Case{"None", {}, 3, 20}, Case{"Inactive", {schedule("a", false, 9, 9, 9)}, 3, 20},
                    Case{"Replaces", {schedule("a", true, {}, 1, 50)}, 1, 50},
                    Case{"RaisesTheFloor", {schedule("a", true, 8, {}, {})}, 8, 20},
                    Case{"NeverLowersByReplicas", {schedule("a", true, 2, {}, {})}, 3, 20},
                    Case{"ReplicasOverOwnMin", {schedule("a", true, 4, 0, {})}, 4, 20},
                    Case{"HighestOfSeveral", {schedule("a", true, {}, 5, 10), schedule("b", true, {}, 2, 30)}, 5, 30},
                    Case{"CeilingHolds", {schedule("a", true, {}, {}, 10), schedule("b", true, 15, {}, {})}, 10, 10}),
    [](const auto& c) { return c.param.name; });

TEST(Nearest, MovesToTheEdge) {
  EXPECT_EQ(nearest({.min = 2, .max = 5}, 9).replicas, 5);
  EXPECT_EQ(nearest({.min = 2, .max = 5}, 0).replicas, 2);
}

}  // namespace
}  // namespace tidewright::decide
