#include "operator/api/autoscaling_status.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidewright::api {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr WallTime t0{1'763'698'429s};

AutoscalingStatus full() {
  return {.desiredReplicas = 7,
          .lastScaleTime = t0 - 20s,
          .history = {.recommendations = {{t0 - 30s, 3, 12}, {t0, 7, 7}},
                      .scaleEvents = {{t0 - 40s, -2}, {t0 - 20s, 3}},
                      .unknownSince = {{"lag", t0 - 60s}},
                      .idleSince = t0 - 10s,
                      .panic = PanicState{t0 - 5s}},
          .lastDecision =
              LastDecision{.time = t0,
                           .current = 4,
                           .readyPods = 3,
                           .metrics = {{"rps", Number{650.5, "partial"}, "100 per pod", 7, "650.5 / 100"},
                                       {"lag", Unknown{"HTTP 503"}, "5 for the whole", std::nullopt, "unknown"}},
                           .steps = {{"propose", 4, 7, "rps asks for 7"}},
                           .result = 7}};
}

TEST(AutoscalingStatus, ReadsBackWhatItWrote) {
  EXPECT_EQ(parseAutoscalingStatus(toJson(full())), full());
  AutoscalingStatus crossing = full();
  crossing.history.panic->calmSince.reset();
  EXPECT_EQ(parseAutoscalingStatus(toJson(crossing)), crossing);
  EXPECT_EQ(parseAutoscalingStatus(toJson(AutoscalingStatus{})), AutoscalingStatus{});
}

TEST(AutoscalingStatus, IsDenseAndReadable) {
  const json written = toJson(full());
  EXPECT_EQ(written["recommendations"], json::parse(R"(["3-12@1763698399", "7@1763698429"])"));
  EXPECT_EQ(written["scaleEvents"], json::parse(R"(["-2@1763698389", "+3@1763698409"])"));
  EXPECT_EQ(written["metrics"][1],
            json::parse(R"({"name": "lag", "unknownReason": "HTTP 503", "unknownSince": "2025-11-21T04:12:49Z"})"));
  EXPECT_EQ(written["lastScaleTime"], "2025-11-21T04:13:29Z");
}

TEST(AutoscalingStatus, ReadsPastWhatSomebodyBroke) {
  const AutoscalingStatus status = parseAutoscalingStatus(json::parse(R"({
    "desiredReplicas": -3, "lastScaleTime": "yesterday", "idleSince": 5, "panic": "x", "lastDecision": {"time": 1},
    "recommendations": ["9@20", "x", 3, "", "@", "4", "4@", "4@x", "-1@5", "5-2@6", "99999999999@1", "4@99999999999999", "8@10"],
    "scaleEvents": ["+2@9", "0@9", "-1@3 "], "metrics": "none"})"));
  EXPECT_EQ(status, (AutoscalingStatus{.history = {.recommendations = {{WallTime{10s}, 8, 8}, {WallTime{20s}, 9, 9}},
                                                   .scaleEvents = {{WallTime{9s}, 2}}}}));
  EXPECT_EQ(parseAutoscalingStatus(json()), AutoscalingStatus{});
  EXPECT_EQ(parseAutoscalingStatus(json("x")), AutoscalingStatus{});
}

TEST(AutoscalingStatus, KeepsAFullHistoryBelow4KiB) {
  AutoscalingStatus status;
  for (int i = 0; i < 120; ++i) status.history.recommendations.push_back({t0 + i * 15s, 12'345, 12'345});
  for (int i = 0; i < 60; ++i) status.history.scaleEvents.push_back({t0 + i * 15s, -12'345});
  const json written = toJson(status);
  EXPECT_LT(written["recommendations"].dump().size() + written["scaleEvents"].dump().size(), 4096u);
}

}  // namespace
}  // namespace tidewright::api
