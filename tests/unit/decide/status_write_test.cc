#include "operator/decide/status_write.h"

#include <gtest/gtest.h>

#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;
using api::ScalingHistory;

api::AutoscalingStatus status(ScalingHistory history, WallTime at, double value = 100) {
  return {.desiredReplicas = 5,
          .history = std::move(history),
          .lastDecision = api::LastDecision{
              .time = at, .current = 5, .metrics = {{.name = "load", .sample = api::Number{value}}}, .result = 5}};
}

struct Case {
  const char* name;
  ScalingHistory stored, memory;
  std::chrono::seconds writtenAgo;
  WriteReason want;
  Occasion occasion = Occasion::Tick;
};
class MustWrite : public testing::TestWithParam<Case> {};
TEST_P(MustWrite, OnlyWhatARestartWouldReadOtherwise) {
  const Case& c = GetParam();
  EXPECT_EQ(mustWrite(status(c.stored, t0 - c.writtenAgo), status(c.memory, t0), plainPolicy(), c.occasion, t0),
            c.want);
}
/// What is looked at between two ticks, and at the end, is what the last tick left.
TEST(MustWrite, NothingIsNewBetweenTwoTicks) {
  const ScalingHistory held{.recommendations = {{t0 - 1h, 8, 8}}}, same{.recommendations = {{t0, 8, 8}}};
  for (std::chrono::seconds later = 0s; later < 60s; ++later) {
    for (const Occasion occasion : {Occasion::Tick, Occasion::Shutdown}) {
      EXPECT_EQ(mustWrite(status(held, t0 - 100s), status(same, t0), plainPolicy(), occasion, t0 + later),
                WriteReason::None)
          << later.count();
    }
  }
}

const ScalingHistory kHeld8{.recommendations = {{t0 - 1h, 8, 8}}};
INSTANTIATE_TEST_SUITE_P(
    Histories, MustWrite,
    testing::Values(
        Case{"AConstantProposalNever", kHeld8, {.recommendations = {{t0, 8, 8}}}, 299s, WriteReason::None},
        Case{"AConstantProposalNotAtShutdown",
             kHeld8,
             {.recommendations = {{t0, 8, 8}}},
             299s,
             WriteReason::None,
             Occasion::Shutdown},
        Case{
            "ALowerProposalWaits", kHeld8, {.recommendations = {{t0 - 15s, 8, 8}, {t0, 2, 2}}}, 59s, WriteReason::None},
        Case{"ALowerProposalOnceAMinute",
             kHeld8,
             {.recommendations = {{t0 - 15s, 8, 8}, {t0, 2, 2}}},
             60s,
             WriteReason::StoredIsMoreCautious},
        Case{"ALowerProposalAtShutdown",
             kHeld8,
             {.recommendations = {{t0 - 15s, 8, 8}, {t0, 2, 2}}},
             1s,
             WriteReason::StoredIsMoreCautious,
             Occasion::Shutdown},
        Case{"AHigherProposalAtOnce", kHeld8, {.recommendations = {{t0, 9, 9}}}, 1s, WriteReason::StoredIsLessCautious},
        Case{"WithoutAWindowUpNothingIsRemembered",
             {.recommendations = {{t0 - 400s, 3, 3}, {t0 - 350s, 8, 8}}},
             {.recommendations = {{t0, 8, 8}}},
             299s,
             WriteReason::None},
        Case{"LostEventsAtOnce",
             kHeld8,
             {.recommendations = {{t0, 8, 8}}, .scaleEvents = {{t0 - 5s, 3}}},
             1s,
             WriteReason::StoredIsLessCautious},
        Case{"EventsThatNobodyCounts",
             {.recommendations = {{t0, 8, 8}}, .scaleEvents = {{t0 - 300s, 3}}},
             kHeld8,
             1s,
             WriteReason::None,
             Occasion::Tick},
        Case{"IdleWaits", kHeld8, {.recommendations = {{t0, 8, 8}}, .idleSince = t0}, 59s, WriteReason::None},
        Case{"IdleOnceAMinute",
             kHeld8,
             {.recommendations = {{t0, 8, 8}}, .idleSince = t0},
             60s,
             WriteReason::StoredIsMoreCautious},
        Case{"BusyAgainAtOnce",
             {.recommendations = {{t0, 8, 8}}, .idleSince = t0 - 9s},
             {.recommendations = {{t0, 8, 8}}},
             1s,
             WriteReason::StoredIsLessCautious},
        Case{"PanicAtOnce",
             kHeld8,
             {.recommendations = {{t0, 8, 8}}, .panic = api::PanicState{}},
             1s,
             WriteReason::StoredIsLessCautious},
        Case{"CalmOnceAMinute",
             {.recommendations = {{t0, 8, 8}}, .panic = api::PanicState{}},
             {.recommendations = {{t0, 8, 8}}, .panic = api::PanicState{t0}},
             60s,
             WriteReason::StoredIsMoreCautious},
        Case{"CrossingAgainAtOnce",
             {.recommendations = {{t0, 8, 8}}, .panic = api::PanicState{t0 - 9s}},
             {.recommendations = {{t0, 8, 8}}, .panic = api::PanicState{}},
             1s,
             WriteReason::StoredIsLessCautious},
        Case{"KnownAgainAtOnce",
             {.recommendations = {{t0, 8, 8}}, .unknownSince = {{"load", t0 - 9s}}},
             {.recommendations = {{t0, 8, 8}}},
             1s,
             WriteReason::StoredIsLessCautious},
        Case{"LaterUnknownAtOnce",
             {.recommendations = {{t0, 8, 8}}, .unknownSince = {{"load", t0 - 9s}}},
             {.recommendations = {{t0, 8, 8}}, .unknownSince = {{"load", t0}}},
             1s,
             WriteReason::StoredIsLessCautious},
        Case{"LaterIdleAtOnce",
             {.recommendations = {{t0, 8, 8}}, .idleSince = t0 - 9s},
             {.recommendations = {{t0, 8, 8}}, .idleSince = t0},
             1s,
             WriteReason::StoredIsLessCautious}),
    [](const auto& c) { return c.param.name; });

TEST(MustWrite, EveryChangeOfTheCount) {
  api::AutoscalingStatus stored = status(kHeld8, t0);
  stored.desiredReplicas = 4;
  EXPECT_EQ(mustWrite(stored, status(kHeld8, t0), plainPolicy(), Occasion::Tick, t0), WriteReason::CountChanged);
  EXPECT_EQ(mustWrite({}, status(kHeld8, t0), plainPolicy(), Occasion::Tick, t0), WriteReason::CountChanged);
}

TEST(MustWrite, ValuesAloneEvery300Seconds) {
  const auto reason = [](std::chrono::seconds ago, double value) {
    const ScalingHistory history{.recommendations = {{t0, 8, 8}}};
    return mustWrite(status(history, t0 - ago, 100), status(history, t0, value), plainPolicy(), Occasion::Tick, t0);
  };
  EXPECT_EQ(reason(299s, 105), WriteReason::None);
  EXPECT_EQ(reason(300s, 105), WriteReason::ValuesAged);
  EXPECT_EQ(reason(24h, 100), WriteReason::None);
}

/// That there was no series is not stored apart from the reason; an app without data writes no more than another.
TEST(MustWrite, NeverBecauseAnUnknownIsStoredAsItsReason) {
  const ScalingHistory history{.recommendations = {{t0, 8, 8}}};
  api::AutoscalingStatus memory = status(history, t0), stored = status(history, t0 - 1h);
  memory.lastDecision->metrics[0].sample = api::Unknown{"the query gives no series", true};
  stored.lastDecision->metrics[0].sample = api::Unknown{"the query gives no series", false};
  EXPECT_EQ(mustWrite(stored, memory, plainPolicy(), Occasion::Tick, t0), WriteReason::None);
  stored.lastDecision->metrics[0].sample = api::Unknown{"HTTP 503", false};
  EXPECT_EQ(mustWrite(stored, memory, plainPolicy(), Occasion::Tick, t0), WriteReason::ValuesAged);
  memory.lastDecision->metrics[0].sample = api::Number{100};
  EXPECT_EQ(mustWrite(stored, memory, plainPolicy(), Occasion::Tick, t0), WriteReason::ValuesAged);
  EXPECT_EQ(mustWrite(memory, stored, plainPolicy(), Occasion::Tick, t0 + 1h), WriteReason::ValuesAged);
}

TEST(MustWrite, AnotherTargetIsAnotherValue) {
  const ScalingHistory history{.recommendations = {{t0, 8, 8}}};
  api::AutoscalingStatus memory = status(history, t0);
  memory.lastDecision->metrics[0].target = "50 per pod";
  EXPECT_EQ(mustWrite(status(history, t0 - 1h), memory, plainPolicy(), Occasion::Tick, t0), WriteReason::ValuesAged);
}

TEST(MustWrite, ADecisionThatWasNeverStoredOrNeverMade) {
  api::AutoscalingStatus bare = status({}, t0);
  bare.lastDecision.reset();
  EXPECT_EQ(mustWrite(bare, status({}, t0), plainPolicy(), Occasion::Tick, t0), WriteReason::ValuesAged);
  EXPECT_EQ(mustWrite(bare, bare, plainPolicy(), Occasion::Tick, t0), WriteReason::None);
  EXPECT_EQ(mustWrite(status({}, t0 - 1h), bare, plainPolicy(), Occasion::Tick, t0), WriteReason::ValuesAged);
}

}  // namespace
}  // namespace tidewright::decide
