#include <array>

#include "operator/api/int_or_percent.h"
#include "operator/decide/canary_tick.h"
#include "operator/decide/canary_weight.h"
#include "operator/decide/proportional.h"
#include "operator/decide/rolling_update.h"
#include "tests/conformance/case_kind.h"

namespace tidewright::conformance {
namespace {

using nlohmann::json;

api::IntOrPercent intOrPercent(const json& value) {
  Result<api::IntOrPercent> parsed = api::parseIntOrPercent(value);
  if (!parsed) throw std::runtime_error(parsed.error().message());
  return *parsed;
}

/// The percentages of the case must come to the numbers that it gives with them.
std::optional<std::string> checkLimits(const json& one, decide::Limits limits) {
  if (one.at("surge") != limits.surge) return fmt::format("resolved surge {}, expected {}", limits.surge, one["surge"].dump());
  if (one.contains("unavailable") && one["unavailable"] != limits.unavailable) {
    return fmt::format("resolved unavailable {}, expected {}", limits.unavailable, one["unavailable"].dump());
  }
  return std::nullopt;
}

std::string_view nameOf(decide::RollingTick::Changed changed) {
  switch (changed) {
    case decide::RollingTick::Changed::None: return "none";
    case decide::RollingTick::Changed::New: return "new";
    case decide::RollingTick::Changed::Old: return "old";
  }
  return "";
}

std::optional<std::string> checkRollingTick(const json& one) {
  const int32_t desired = one.at("desired");
  const decide::Limits limits =
      decide::resolveLimits(intOrPercent(one.at("maxSurge")), intOrPercent(one.at("maxUnavailable")), desired);
  if (auto wrong = checkLimits(one, limits)) return wrong;
  std::vector<decide::ReplicaSetSize> old;
  decide::ReplicaSetSize updated;
  for (const json& set : one.at("replicaSets")) {
    const decide::ReplicaSetSize size{.replicas = set.at("spec"), .available = set.at("available")};
    if (set.at("new").get<bool>()) {
      updated = size;
    } else {
      old.push_back(size);
    }
  }
  const decide::RollingTick tick = decide::rollingTick(old, updated, desired, limits);
  json sizes = json::array();
  std::size_t next = 0;
  for (const json& set : one["replicaSets"]) {
    sizes.push_back(set["new"].get<bool>() ? tick.newReplicas : tick.oldReplicas.at(next++));
  }
  const json& expect = one.at("expect");
  if (expect.at("sizes") != sizes) return fmt::format("sizes {}, expected {}", sizes.dump(), expect["sizes"].dump());
  if (expect.contains("changed") && expect["changed"] != nameOf(tick.changed)) {
    return fmt::format("changed {}, expected {}", nameOf(tick.changed), expect["changed"].dump());
  }
  return std::nullopt;
}

std::optional<std::string> checkProportional(const json& one) {
  const int32_t desired = one.at("desired");
  const decide::Limits limits = decide::resolveLimits(intOrPercent(one.at("maxSurge")), {}, desired);
  if (auto wrong = checkLimits(one, limits)) return wrong;
  const decide::SizedFor record{.desired = one.at("sizedFor"), .max = one.at("sizedForMax")};
  std::vector<decide::ProportionalReplicaSet> sets;
  for (const json& set : one.at("replicaSets")) {
    sets.push_back({.replicas = set.at("spec"),
                    .available = set.at("available"),
                    .sizedFor = record,
                    .isNew = set.at("new").get<bool>()});
  }
  const json sizes = decide::scaleProportionally(sets, desired, limits.surge);
  if (one.at("expect") == sizes) return std::nullopt;
  return fmt::format("sizes {}, expected {}", sizes.dump(), one["expect"].dump());
}

std::optional<std::string> checkCounts(decide::CanaryCounts got, const json& canary, const json& stable) {
  if (canary == got.canary && stable == got.stable) return std::nullopt;
  return fmt::format("canary {} and stable {}, expected {} and {}", got.canary, got.stable, canary.dump(), stable.dump());
}

std::optional<std::string> checkCanaryWeight(const json& one) {
  // Weights of the case may be of another whole than 100.
  const int32_t weight = one.at("weight").get<int32_t>() * 100 / one.at("maxWeight").get<int32_t>();
  const int32_t desired = one.at("replicas");
  const decide::Limits limits = decide::resolveLimits(intOrPercent(one.at("maxSurge")), {}, desired);
  return checkCounts(decide::canaryCounts(desired, weight, limits.surge), one.at("expCanary"), one.at("expStable"));
}

std::optional<std::string> checkCanaryTick(const json& one) {
  const int32_t desired = one.at("rolloutSpecReplicas");
  const decide::Limits limits =
      decide::resolveLimits(intOrPercent(one.at("maxSurge")), intOrPercent(one.at("maxUnavailable")), desired);
  const int32_t weight = one.at("promoteFull").get<bool>() ? 100 : one.at("setWeight").get<int32_t>();
  decide::CanaryCounts target = decide::canaryCounts(desired, weight, limits.surge);
  if (one.at("trafficRouting").get<bool>()) target.stable = desired;
  const decide::CanaryCounts got = decide::canaryTick(
      {.replicas = one.at("canarySpecReplica"), .available = one.at("canaryAvailableReplica")},
      {.replicas = one.at("stableSpecReplica"), .available = one.at("stableAvailableReplica")}, one.at("older"), target,
      desired, limits);
  return checkCounts(got, one.at("expectedCanaryReplicaCount"), one.at("expectedStableReplicaCount"));
}

}  // namespace

std::span<const CaseKind> rolloutKinds() {
  static const std::array<CaseKind, 4> kinds{{
      {"rolling tick", {"replicaSets", "maxSurge", "maxUnavailable", "expect"}, checkRollingTick},
      {"proportional", {"replicaSets", "sizedFor", "sizedForMax", "expect"}, checkProportional},
      {"canary weight", {"replicas", "weight", "expCanary", "expStable"}, checkCanaryWeight},
      {"canary tick", {"setWeight", "expectedCanaryReplicaCount", "expectedStableReplicaCount"}, checkCanaryTick},
  }};
  return kinds;
}

}  // namespace tidewright::conformance
