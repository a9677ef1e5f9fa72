#include "operator/kube/watch_cycle.h"

#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;

const MonoTime t0{1h};

std::string name(const WatchStep& step) {
  if (std::holds_alternative<ListPages>(step)) return "ListPages";
  if (std::holds_alternative<ListWhole>(step)) return "ListWhole";
  if (std::holds_alternative<WatchList>(step)) return "WatchList";
  return "Watch " + std::get<Watch>(step).resourceVersion;
}

Ended failed(ErrorCode code, std::string version = "", std::string text = "x") {
  return {.error = Error(code, std::move(text)), .resourceVersion = std::move(version)};
}

struct Case {
  const char* name;
  WatchStep was;
  WatchOutcome outcome;
  const char* want;
  std::chrono::milliseconds wait;
};
class WatchCycle : public testing::TestWithParam<Case> {};

TEST_P(WatchCycle, GoesOn) {
  const Case& c = GetParam();
  Backoff backoff([] { return 0.0; });
  const NextStep next = nextStep(c.was, c.outcome, backoff, t0);
  EXPECT_EQ(name(next.step), c.want);
  EXPECT_EQ(next.wait, c.wait);
}

INSTANTIATE_TEST_SUITE_P(
    Steps, WatchCycle,
    testing::Values(
        Case{"AfterAListItWatches", ListPages{}, Listed{"7"}, "Watch 7", 0ms},
        Case{"AFailedListIsListedAgain", ListPages{}, failed(ErrorCode::Unavailable), "ListPages", 800ms},
        Case{"ExpiredPagesAreReadInOnePiece", ListPages{}, failed(ErrorCode::Gone), "ListWhole", 800ms},
        Case{"AWatchThatEndsInOrderContinuesAtOnce", Watch{"7"}, Ended{.resourceVersion = "9", .lasted = 290s},
             "Watch 9", 0ms},
        Case{"AWatchThatEndsAtOnceIsNotALoop", Watch{"7"}, Ended{.resourceVersion = "7", .lasted = 1ms}, "Watch 7",
             800ms},
        Case{"ALostConnectionContinuesFromWhereItWas", Watch{"7"}, failed(ErrorCode::Unavailable, "8"), "Watch 8",
             800ms},
        Case{"ASilentWatchIsConnectedAgain", Watch{"7"}, failed(ErrorCode::Timeout, "7"), "Watch 7", 800ms},
        Case{"GoneListsAgain", Watch{"7"}, failed(ErrorCode::Gone, "7"), "ListPages", 800ms},
        Case{"AMalformedVersionListsAgain", Watch{"7"}, failed(ErrorCode::Invalid, "7"), "ListPages", 800ms},
        Case{"ARestoredBackupListsAgain", Watch{"7"},
             failed(ErrorCode::Unavailable, "7", "Timeout: Too large resource version: 7, current: 3"), "ListPages",
             800ms},
        Case{"AServerWithoutWatchListIsListedAtOnce", WatchList{}, failed(ErrorCode::Invalid), "ListPages", 0ms},
        Case{"AWatchListCutInTheMiddleBeginsAgain", WatchList{}, failed(ErrorCode::Unavailable), "WatchList", 800ms},
        Case{"AWatchListThatCaughtUpContinues", WatchList{}, failed(ErrorCode::Unavailable, "9"), "Watch 9", 800ms},
        Case{"AForbiddenWatchIsTriedAgain", WatchList{}, failed(ErrorCode::Forbidden), "WatchList", 800ms},
        Case{"TheServersOwnPatienceWins", Watch{"7"},
             Ended{.error = Error(ErrorCode::TooMany, "x"), .resourceVersion = "7", .retryAfter = 5s}, "Watch 7",
             5000ms}),
    [](const auto& c) { return c.param.name; });

TEST(WatchCycleBackoff, AServerThatIsAwayIsAskedMoreAndMoreSeldom) {
  Backoff backoff([] { return 0.0; });
  MonoTime now = t0;
  int asked = 0;
  for (; now < t0 + 10min; ++asked) now += nextStep(Watch{"7"}, failed(ErrorCode::Unavailable, "7"), backoff, now).wait;
  EXPECT_LT(asked, 30);
}

}  // namespace
}  // namespace tidewright::kube
