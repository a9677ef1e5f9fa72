#include "operator/decide/bounds.h"

#include <optional>

#include <fmt/format.h>

namespace tidewright::decide {
namespace {

void raise(std::optional<int32_t>& highest, std::optional<int32_t> to) {
  if (to) highest = std::max(highest.value_or(*to), *to);
}

}  // namespace

Bounds boundsInForce(const api::Autoscaling& policy, WallTime now) {
  std::optional<int32_t> floor, ceiling, replicas;
  std::string names;
  for (const api::Schedule& schedule : policy.schedules) {
    if (!schedule.activeAt(now)) continue;
    raise(floor, schedule.minReplicas);
    raise(ceiling, schedule.maxReplicas);
    raise(replicas, schedule.replicas);
    names += (names.empty() ? "" : ", ") + schedule.name;
  }
  Bounds bounds{.max = ceiling.value_or(policy.maxReplicas)};
  bounds.min = std::min(std::max(floor.value_or(policy.minReplicas), replicas.value_or(0)), bounds.max);
  bounds.why = names.empty() ? "the spec says so" : "schedule " + names + " is active";
  return bounds;
}

Outcome nearest(const Bounds& bounds, int32_t current) {
  if (current > bounds.max) {
    return {bounds.max, fmt::format("{} is above the most allowed, {}: {}", current, bounds.max, bounds.why)};
  }
  return {std::max(current, bounds.min),
          fmt::format("{} is below the least allowed, {}: {}", current, bounds.min, bounds.why)};
}

}  // namespace tidewright::decide
