#include "operator/decide/history.h"

#include <gtest/gtest.h>

#include "operator/decide/stabilise.h"
#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;
using Recommendations = std::vector<api::Recommendation>;
using Events = std::vector<api::ScaleEvent>;

api::Behavior windows(std::chrono::seconds up, std::chrono::seconds down) {
  api::Behavior behavior;
  behavior.scaleUp.stabilizationWindow = up;
  behavior.scaleDown.stabilizationWindow = down;
  return behavior;
}

TEST(RecordProposal, KeepsEqualNeighboursAsOne) {
  api::ScalingHistory history;
  for (int i = 0; i < 5; ++i) recordProposal(history, 7, {}, t0 + i * 15s);
  EXPECT_EQ(history.recommendations, (Recommendations{{t0 + 60s, 7, 7}}));
}

TEST(RecordProposal, KeepsWhatSomeWindowMayStillNeed) {
  api::ScalingHistory history;
  WallTime now = t0;
  for (int32_t proposal : {9, 2, 5, 4, 5}) {
    recordProposal(history, proposal, windows(600s, 600s), now);
    now += 15s;
  }
  // The first 5 is outdone by the last as the highest, and by the 4 as the lowest of every window that holds it.
  EXPECT_EQ(history.recommendations,
            (Recommendations{{t0, 9, 9}, {t0 + 15s, 2, 2}, {t0 + 45s, 4, 4}, {t0 + 60s, 5, 5}}));
}

TEST(RecordProposal, DropsWhatIsAsOldAsTheLongestWindow) {
  api::ScalingHistory history;
  recordProposal(history, 9, windows(0s, 60s), t0);
  recordProposal(history, 2, windows(0s, 60s), t0 + 59s);
  EXPECT_EQ(history.recommendations.size(), 2u);
  recordProposal(history, 2, windows(0s, 60s), t0 + 60s);
  EXPECT_EQ(history.recommendations, (Recommendations{{t0 + 60s, 2, 2}}));
}

TEST(RecordProposal, MergesCautiouslyWhenThereAreTooMany) {
  api::ScalingHistory history;
  const api::Behavior behavior = windows(3600s, 3600s);
  // Falling for ever: nothing outdoes anything, so everything would be kept.
  Recommendations all;
  for (int i = 0; i < 2000; ++i) {
    const WallTime now = t0 + i * 10s;
    const int32_t proposal = 5000 - i;
    recordProposal(history, proposal, behavior, now);
    all.push_back({now, proposal, proposal});
    ASSERT_LE(history.recommendations.size(), kMostRecommendations);
    const int32_t exact = stabilise(1, 5000, all, behavior, now).replicas;
    const int32_t kept = stabilise(1, 5000, history.recommendations, behavior, now).replicas;
    ASSERT_GE(kept, exact);
    ASSERT_LE(kept, exact + 4);  // a stretch of 36 s at 10 s a proposal
  }
}

TEST(RecordChange, KeepsEventsAsLongAsEitherDirectionNeedsThem) {
  api::Behavior behavior;
  behavior.scaleUp.policies = {{api::ScalingPolicy::Type::Pods, 1, 15s}};
  behavior.scaleDown.policies = {{api::ScalingPolicy::Type::Pods, 1, 1800s}};
  api::ScalingHistory history;
  recordChange(history, 4, behavior, t0);
  recordChange(history, 1, behavior, t0 + 1799s);
  EXPECT_EQ(history.scaleEvents.size(), 2u);
  recordChange(history, -2, behavior, t0 + 1800s);
  EXPECT_EQ(history.scaleEvents, (Events{{t0 + 1799s, 1}, {t0 + 1800s, -2}}));
}

TEST(RecordChange, AddsUpWhenThereAreTooMany) {
  api::Behavior behavior;
  behavior.scaleDown.policies = {{api::ScalingPolicy::Type::Pods, 1, 1800s}};
  api::ScalingHistory history;
  int64_t added = 0, removed = 0;
  for (int i = 0; i < 179; ++i) {
    recordChange(history, i % 3 == 0 ? -2 : 3, behavior, t0 + i * 10s);
    (i % 3 == 0 ? removed : added) += i % 3 == 0 ? -2 : 3;
    ASSERT_LE(history.scaleEvents.size(), kMostScaleEvents);
  }
  for (const api::ScaleEvent& event : history.scaleEvents) (event.change > 0 ? added : removed) -= event.change;
  EXPECT_EQ(added, 0);
  EXPECT_EQ(removed, 0);
}

TEST(Resume, ReadsAGapAsIfTheLastProposalHadLasted) {
  const api::ScalingHistory stored{.recommendations = {{t0 - 300s, 2, 9}, {t0 - 200s, 3, 8}}};
  EXPECT_EQ(resume(stored, 15s, t0).recommendations, (Recommendations{{t0 - 300s, 2, 9}, {t0 - 15s, 3, 8}}));
}

TEST(Resume, TakesOnePollForNoGap) {
  const api::ScalingHistory stored{.recommendations = {{t0 - 10s, 8, 8}}};
  EXPECT_EQ(resume(stored, 15s, t0), stored);
  EXPECT_EQ(resume({}, 15s, t0), api::ScalingHistory{});
}

}  // namespace
}  // namespace tidewright::decide
