#include "operator/decide/rolling_update.h"

#include <gtest/gtest.h>

#include "operator/decide/canary_tick.h"
#include "operator/decide/proportional.h"
#include "operator/decide/sizes.h"

namespace tidewright::decide {
namespace {

TEST(ResolveLimits, RoundsTheSurgeUpAndTheUnavailableDown) {
  const Limits limits = resolveLimits({25, true}, {25, true}, 10);
  EXPECT_EQ(limits.surge, 3);
  EXPECT_EQ(limits.unavailable, 2);
}

TEST(ResolveLimits, LetsOnePodGoWhenNothingCouldMove) {
  EXPECT_EQ(resolveLimits({0}, {0}, 3).unavailable, 1);
  EXPECT_EQ(resolveLimits({0}, {0}, 0).unavailable, 0) << "there is none to spare";
  EXPECT_EQ(resolveLimits({0}, {7}, 3).unavailable, 3);
}

TEST(RollingTick, DoesNotCountPodsThatAreBeingRemoved) {
  // The old set was just cut from 5 to 3; its status still says 5.
  const RollingTick tick = rollingTick(std::vector{ReplicaSetSize{3, 5}}, {2, 1}, 4, {1, 0});
  EXPECT_EQ(tick.changed, RollingTick::Changed::None);
}

TEST(ScaleProportionally, AStaleRecordDoesNotInflateTheShares) {
  const std::vector<ProportionalReplicaSet> sets{{10, 10, SizedFor{1, 2}, false}, {10, 10, SizedFor{1, 2}, true}};
  EXPECT_EQ(scaleProportionally(sets, 30, 0), (std::vector<int32_t>{15, 15}));
}

TEST(ScaleProportionally, WithoutARecordWhatRunsIsTheRecord) {
  const std::vector<ProportionalReplicaSet> sets{{3, 3, std::nullopt, false}, {1, 1, std::nullopt, true}};
  EXPECT_EQ(scaleProportionally(sets, 8, 0), (std::vector<int32_t>{6, 2}));
}

TEST(CanaryCounts, UsesTheWholeSurgeToComeNearer) {
  EXPECT_EQ(canaryCounts(3, 20, 0), (CanaryCounts{1, 2}));
  EXPECT_EQ(canaryCounts(3, 20, 3), (CanaryCounts{1, 4})) << "one of five is exactly 20 %";
  EXPECT_EQ(canaryCounts(2, 75, 0), (CanaryCounts{0, 2}))
      << "a half goes to the canary, which leaves nothing beside it";
}

TEST(CanaryTick, NothingShrinksWhileOlderRevisionsDrain) {
  EXPECT_EQ(canaryTick({1, 1}, {9, 9}, 2, {5, 5}, 10, {4, 0}), (CanaryCounts{3, 9}));
}

TEST(WithinLimits, TakesBackWhatWouldCostAvailabilityOrExceedTheSum) {
  Revisions revisions{.sets = {{.replicas = 4, .available = 4}, {.replicas = 2, .available = 0}}};
  const Sizes sizes = withinLimits({.replicas = {0, 6}, .created = 3}, revisions, 3, 7);
  EXPECT_EQ(sizes.replicas, (std::vector<int32_t>{3, 4}));
  EXPECT_EQ(sizes.created, 0);
}

}  // namespace
}  // namespace tidewright::decide
