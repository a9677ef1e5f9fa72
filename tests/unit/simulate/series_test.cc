#include "simulate/series.h"

#include <gtest/gtest.h>

namespace tidewright::simulate {
namespace {

using namespace std::chrono_literals;

const WallTime t0{1'700'000'000s};

TEST(Playback, GivesTheLatestPointForAsLongAsItReaches) {
  const Series series{{t0, 1}, {t0 + 10s, 2}, {t0 + 20s, {}}};
  Playback playback(series, 15s);
  EXPECT_EQ(playback.at(t0 - 1s), std::nullopt);
  EXPECT_EQ(playback.at(t0), 1);
  EXPECT_EQ(playback.at(t0 + 9s), 1);
  EXPECT_EQ(playback.at(t0 + 10s), 2);
  EXPECT_EQ(playback.at(t0 + 20s), std::nullopt) << "then none was known";
}

TEST(Playback, APointTooOldSaysNothing) {
  const Series series{{t0, 1}};
  Playback playback(series, 15s);
  EXPECT_EQ(playback.at(t0 + 15s), 1);
  EXPECT_EQ(playback.at(t0 + 16s), std::nullopt);
}

TEST(ReachOf, IsOneAndAHalfOfTheUsualStep) {
  EXPECT_EQ(reachOf({}), 0s);
  EXPECT_EQ(reachOf({{t0, 1}}), 0s);
  EXPECT_EQ(reachOf({{t0, 1}, {t0 + 60s, 1}, {t0 + 120s, 1}, {t0 + 180s, 1}, {t0 + 241s, 1}, {t0 + 1h, 1}}), 90s);
}

TEST(ReachOf, OfEvenStepsEndsBeforeTheNext) {
  // As query_range answers: a point that is missing there is one that the server did not have.
  EXPECT_EQ(reachOf({{t0, 1}, {t0 + 60s, 1}, {t0 + 120s, 1}, {t0 + 1h, 1}}), 60s - 1ns);
}

}  // namespace
}  // namespace tidewright::simulate
