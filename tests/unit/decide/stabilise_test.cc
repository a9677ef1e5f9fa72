#include "operator/decide/stabilise.h"

#include <gtest/gtest.h>

#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;

struct Case {
  const char* name;
  int32_t proposal, current;
  std::vector<api::Recommendation> recent;
  std::chrono::seconds upWindow;
  int32_t want;
};
class Stabilise : public testing::TestWithParam<Case> {};
TEST_P(Stabilise, MovesOnlyAsFarAsTheWindowsAgree) {
  const Case& c = GetParam();
  api::Behavior behavior;
  behavior.scaleUp.stabilizationWindow = c.upWindow;
  EXPECT_EQ(stabilise(c.proposal, c.current, c.recent, behavior, t0).replicas, c.want);
}
INSTANTIATE_TEST_SUITE_P(
    Windows, Stabilise,
    testing::Values(Case{"DownWaitsForTheWindow", 2, 8, {{t0 - 299s, 8, 8}}, 0s, 8},
                    Case{"DownOnceTheWindowIsOver", 2, 8, {{t0 - 300s, 8, 8}}, 0s, 2},  // "younger" is strict
                    Case{"DownToTheHighest", 2, 8, {{t0 - 9s, 3, 3}, {t0 - 99s, 5, 5}}, 0s, 5},
                    Case{"UpAtOnce", 9, 3, {{t0 - 1s, 3, 3}}, 0s, 9},
                    Case{"UpToTheLowest", 9, 3, {{t0 - 1s, 5, 5}}, 60s, 5},
                    Case{"UpOnceTheWindowIsOver", 9, 3, {{t0 - 60s, 5, 5}}, 60s, 9},
                    Case{"MergedUpHeedsTheLowest", 9, 3, {{t0 - 1s, 4, 12}}, 60s, 4},
                    Case{"MergedDownHeedsTheHighest", 1, 8, {{t0 - 1s, 2, 6}}, 0s, 6},
                    Case{"NothingRemembered", 2, 8, {}, 0s, 2}, Case{"Same", 5, 5, {{t0 - 1s, 9, 9}}, 0s, 5}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace tidewright::decide
