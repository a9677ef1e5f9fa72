#include "app/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RoutesTest : public testing::Test {
 protected:
  Answer get(std::string_view target, const Stage& stage = {}) { return routes.answer({"GET", target}, stage); }
  Answer post(std::string_view target) { return routes.answer({"POST", target}, {}); }

  SharedBoard board = makeSharedBoard();
  Routes routes{{.instance = "pod-1", .version = "1.2.3", .work = CpuMs(2), .capacity = 500}, *board};
};

TEST_F(RoutesTest, TheRootSaysWhoAndBurnsTheConfiguredWork) {
  const Answer answer = get("/");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, "Hello from pod-1 (v1.2.3)\n");
  EXPECT_EQ(answer.work, CpuMs(2));
  EXPECT_TRUE(answer.load);
}

TEST_F(RoutesTest, WorkTakesMillisecondsFromTheQuery) {
  EXPECT_EQ(get("/work?ms=12.5").work, CpuMs(12.5));
  EXPECT_EQ(get("/work?x=1&ms=3").work, CpuMs(3));
  EXPECT_EQ(get("/work").work, CpuMs(2));
  EXPECT_EQ(get("/work?ms=60000").status, 200U);
}

class WrongWork : public RoutesTest, public testing::WithParamInterface<const char*> {};
TEST_P(WrongWork, Is400AndNamesTheParameter) {
  const Answer answer = get(GetParam());
  EXPECT_EQ(answer.status, 400U);
  EXPECT_EQ(answer.work, CpuMs(0));
  EXPECT_THAT(answer.body, StartsWith("ms must be"));
}
INSTANTIATE_TEST_SUITE_P(Values, WrongWork,
                         testing::Values("/work?ms=", "/work?ms=-1", "/work?ms=60001", "/work?ms=x", "/work?ms=1x",
                                         "/work?ms=nan", "/work?ms=inf", "/work?m=1", "/work?ms=1e400", "/work?&&&"));

TEST_F(RoutesTest, ProbesAndScrapesAreNotLoad) {
  for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
    EXPECT_EQ(get(path).status, 200U) << path;
    EXPECT_FALSE(get(path).load) << path;
    EXPECT_EQ(get(path).work, CpuMs(0)) << path;
  }
}

TEST_F(RoutesTest, ReadinessEndsWithTheStopAndLivenessDoesNot) {
  EXPECT_EQ(get("/readyz", {.draining = true}).status, 503U);
  EXPECT_EQ(get("/healthz", {.draining = true}).status, 200U);
  EXPECT_EQ(get("/", {.draining = true}).status, 200U);
}

TEST_F(RoutesTest, BeforeTheStartDelayIsOverOnlyLivenessIsFine) {
  const Stage starting{.started = false};
  EXPECT_EQ(get("/", starting).status, 503U);
  EXPECT_EQ(get("/", starting).work, CpuMs(0));
  EXPECT_EQ(get("/readyz", starting).status, 503U);
  EXPECT_EQ(get("/healthz", starting).status, 200U);
}

TEST_F(RoutesTest, ReadinessCanBeSwitchedByPostOnly) {
  EXPECT_EQ(get("/readyz/disable").status, 405U);
  EXPECT_EQ(get("/readyz").status, 200U);
  EXPECT_EQ(post("/readyz/disable").status, 202U);
  EXPECT_EQ(get("/readyz").status, 503U);
  EXPECT_EQ(post("/readyz/enable").status, 202U);
  EXPECT_EQ(get("/readyz").status, 200U);
}

TEST_F(RoutesTest, UnknownPathsAndMethodsHaveTheirAnswers) {
  EXPECT_EQ(get("/nope").status, 404U);
  EXPECT_EQ(get("").status, 404U);
  EXPECT_EQ(get("http://elsewhere/").status, 404U);
  const Answer answer = post("/version");
  EXPECT_EQ(answer.status, 405U);
  EXPECT_THAT(answer.headers, testing::ElementsAre(testing::Pair("Allow", "GET, HEAD")));
}

TEST_F(RoutesTest, TheVersionIsJson) {
  EXPECT_THAT(get("/version").body, HasSubstr(R"("version":"1.2.3","instance":"pod-1")"));
}

TEST_F(RoutesTest, ErrorsComeAtTheRateAskedFor) {
  EXPECT_EQ(get("/fault/errors?rate=2").status, 400U);
  EXPECT_EQ(get("/fault/errors?rate=0.25").status, 202U);
  int errors = 0;
  for (int i = 0; i < 10000; ++i) errors += get("/").status == 500 ? 1 : 0;
  EXPECT_NEAR(errors, 2500, 300);  // seven standard deviations
  EXPECT_EQ(get("/fault/errors?rate=1").status, 202U);
  EXPECT_EQ(get("/work?ms=1").status, 500U);
  EXPECT_EQ(get("/healthz").status, 200U) << "only load fails";
  EXPECT_EQ(get("/fault/errors?rate=0").status, 202U);
  EXPECT_EQ(get("/").status, 200U);
}

TEST_F(RoutesTest, LatencyIsAddedWithoutWork) {
  EXPECT_EQ(get("/fault/latency?ms=70").status, 202U);
  EXPECT_EQ(get("/").delay, std::chrono::milliseconds(70));
}

TEST_F(RoutesTest, DelayWaitsForTheSecondsOfThePath) {
  EXPECT_EQ(get("/delay/6.5").delay, std::chrono::milliseconds(6500));
  EXPECT_EQ(get("/delay/6.5").work, CpuMs(0));
  EXPECT_TRUE(get("/delay/6.5").load);
  EXPECT_EQ(get("/delay/0?x").status, 200U);
  EXPECT_EQ(get("/delay/1", {.started = false}).status, 503U);
  EXPECT_EQ(post("/delay/1").status, 405U);
  for (const char* wrong : {"/delay/", "/delay/x", "/delay/-1", "/delay/61", "/delay/nan", "/delay/1/2"}) {
    EXPECT_EQ(get(wrong).status, 400U) << wrong;
    EXPECT_EQ(get(wrong).delay, std::chrono::milliseconds(0)) << wrong;
  }
}

TEST_F(RoutesTest, CrashAndHangAreEffects) {
  EXPECT_EQ(get("/fault/crash").effect, Effect::Crash);
  EXPECT_EQ(get("/fault/hang").effect, Effect::Hang);
  EXPECT_EQ(get("/fault/other").status, 404U);
}

}  // namespace
}  // namespace tidewright::app
