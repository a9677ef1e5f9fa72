#include <array>
#include <chrono>

#include "operator/api/autoscaling.h"
#include "operator/decide/autoscale.h"
#include "operator/decide/history.h"
#include "operator/decide/limit_rate.h"
#include "operator/decide/propose.h"
#include "operator/decide/stabilise.h"
#include "tests/conformance/case_kind.h"

namespace tidewright::conformance {
namespace {

using nlohmann::json;

constexpr WallTime kNow{std::chrono::seconds{1'700'000'000}};

std::chrono::nanoseconds ago(const json& seconds) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds.get<double>()));
}

api::Behavior behaviorOf(const json& one) {
  Result<api::Behavior> behavior = api::parseBehavior(one.at("behavior"), "behavior");
  if (!behavior) throw std::runtime_error(behavior.error().message());
  return *behavior;
}

api::Target targetOf(const json& one) {
  const bool average = one.at("type") == "AverageValue";
  return {.type = average ? api::Target::Type::AverageValue : api::Target::Type::Value,
          .value = {one.at("targetMilli").get<double>()}};
}

/// What the operator would have measured.
double sampleOf(const json& milli) { return milli.get<double>() / 1000; }

std::optional<std::string> checkLimit(const json& one) {
  std::vector<api::Recommendation> recent;
  for (const json& item : one.at("recommendations")) {
    const int32_t value = item.at("value");
    recent.push_back({kNow - ago(item.at("ageSeconds")), value, value});
  }
  std::vector<api::ScaleEvent> events;
  for (const json& item : one.at("scaledUp")) events.push_back({kNow - ago(item.at("ageSeconds")), item.at("value")});
  for (const json& item : one.at("scaledDown")) {
    events.push_back({kNow - ago(item.at("ageSeconds")), -item.at("value").get<int32_t>()});
  }
  const api::Behavior behavior = behaviorOf(one);
  const decide::Bounds bounds{.min = one.at("minReplicas"), .max = one.at("maxReplicas"), .why = "the case says so"};
  const int32_t current = one.at("current");
  const decide::Outcome stabilised = decide::stabilise(one.at("proposal"), current, recent, behavior, kNow);
  const decide::Outcome limited = decide::limitRate(stabilised.replicas, current, events, bounds, behavior, kNow);
  const json& expect = one.at("expect");
  if (expect.contains("stabilized") && expect["stabilized"] != stabilised.replicas) {
    return fmt::format("stabilised to {}, expected {}", stabilised.replicas, expect["stabilized"].dump());
  }
  if (expect.at("result") != limited.replicas) {
    return fmt::format("decided {}, expected {}", limited.replicas, expect["result"].dump());
  }
  return std::nullopt;
}

std::optional<std::string> checkProposal(const json& one) {
  api::Behavior behavior;
  if (one.contains("tolerance")) {
    behavior.scaleUp.tolerance = one["tolerance"].at("up");
    behavior.scaleDown.tolerance = one["tolerance"].at("down");
  }
  const int32_t got = decide::proposalOf(targetOf(one), sampleOf(one.at("sampleMilli")),
                                         {.current = one.at("current"), .ready = one.at("readyPods")}, behavior);
  if (one.at("expect") == got) return std::nullopt;
  return fmt::format("proposed {}, expected {}", got, one["expect"].dump());
}

/// The whole decision, tick for tick, as the operator calls it.
std::optional<std::string> checkRun(const json& one) {
  const std::chrono::seconds tick{one.at("tickSeconds").get<int64_t>()};
  api::Autoscaling policy{.minReplicas = one.at("minReplicas"),
                          .maxReplicas = one.at("maxReplicas"),
                          .poll = tick,
                          .metrics = {{.name = "load", .target = targetOf(one)}},
                          .behavior = behaviorOf(one)};
  decide::Observed seen{.current = one.at("start")};
  WallTime now = kNow;
  for (std::size_t i = 0; i < one.at("samplesMilli").size(); ++i, now += tick) {
    seen.samples = {api::Number{sampleOf(one["samplesMilli"][i])}};
    seen.readyPods = seen.current;
    decide::Decision decision = decide::scale(policy, seen, now);
    if (one.at("expect").at(i) != decision.replicas) {
      return fmt::format("tick {}: decided {}, expected {}", i, decision.replicas, one["expect"][i].dump());
    }
    seen.history = std::move(decision.history);
    const int32_t change = decision.replicas - seen.current;
    if (change != 0) decide::recordChange(seen.history, change, policy.behavior, now);
    seen.current = decision.replicas;
  }
  return std::nullopt;
}

}  // namespace

std::span<const CaseKind> autoscalerKinds() {
  static const std::array<CaseKind, 3> kinds{{
      {"limit", {"proposal", "recommendations", "scaledUp", "scaledDown", "expect"}, checkLimit},
      {"proposal", {"sampleMilli", "targetMilli", "readyPods", "expect"}, checkProposal},
      {"run", {"samplesMilli", "targetMilli", "tickSeconds", "start", "expect"}, checkRun},
  }};
  return kinds;
}

}  // namespace tidewright::conformance
