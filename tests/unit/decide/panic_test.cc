#include "operator/decide/panic.h"

#include <gtest/gtest.h>

#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;
using State = std::optional<api::PanicState>;

struct Case {
  const char* name;
  int32_t replicas;
  api::Sample sample;
  State before;
  int32_t want;
  State after;
};
const State kNone;
const State kCrossing = api::PanicState{};
State calmSince(std::chrono::seconds ago) { return api::PanicState{t0 - ago}; }

class Panic : public testing::TestWithParam<Case> {};
TEST_P(Panic, RaisesAtOnceAndDoesNotFallUntilCalm) {
  api::Autoscaling policy = plainPolicy();
  policy.panic = api::Panic{.window = 60s, .thresholdPercent = 200};
  const PanicOutcome got = panic(GetParam().replicas, policy, GetParam().sample, {.current = 5, .ready = 5},
                                 {.min = 1, .max = 20}, GetParam().before, t0);
  EXPECT_EQ(got.outcome.replicas, GetParam().want);
  EXPECT_EQ(got.state, GetParam().after);
}
INSTANTIATE_TEST_SUITE_P(Of5Pods, Panic,
                         testing::Values(Case{"BelowTheThreshold", 4, api::Number{900}, kNone, 4, kNone},
                                         Case{"AtTheThreshold", 6, api::Number{1000}, kNone, 10, kCrossing},
                                         Case{"WithinTheCeiling", 6, api::Number{9000}, kNone, 20, kCrossing},
                                         Case{"TheRestAsksForMore", 15, api::Number{1000}, kNone, 15, kCrossing},
                                         Case{"CalmBegins", 2, api::Number{100}, kCrossing, 5, calmSince(0s)},
                                         Case{"NotCalmForLong", 2, api::Number{100}, calmSince(59s), 5, calmSince(59s)},
                                         Case{"CalmForTheWindow", 2, api::Number{100}, calmSince(60s), 2, kNone},
                                         Case{"MayRiseMeanwhile", 7, api::Number{100}, calmSince(10s), 7,
                                              calmSince(10s)},
                                         Case{"CrossingAgain", 2, api::Number{1000}, calmSince(50s), 10, kCrossing},
                                         Case{"UnknownIsNotCalm", 2, api::Unknown{"x"}, calmSince(59s), 5, kCrossing},
                                         Case{"UnknownStartsNothing", 2, api::Unknown{"x"}, kNone, 2, kNone}),
                         [](const auto& c) { return c.param.name; });

TEST(Panic, IsNotForZeroNorWithoutAPolicy) {
  api::Autoscaling policy = plainPolicy();
  EXPECT_EQ(panic(2, policy, api::Number{9000}, {5, 5}, {.min = 1, .max = 20}, kNone, t0).outcome.replicas, 2);
  policy.panic = api::Panic{};
  EXPECT_EQ(panic(0, policy, api::Number{9000}, {0, 0}, {.min = 0, .max = 20}, kNone, t0).outcome.replicas, 0);
}

}  // namespace
}  // namespace tidewright::decide
