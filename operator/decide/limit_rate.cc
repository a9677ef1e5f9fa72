#include "operator/decide/limit_rate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tidewright::decide {
namespace {

using api::Direction;

/// How far one policy lets the count go.
struct Limit {
  const api::ScalingPolicy* policy = nullptr;  ///< none: changes are disabled
  double start = 0;                            ///< the count at the beginning of the policy's period
  double replicas = 0;                         ///< may lie outside of what a count can be
};

double countAtStart(int32_t current, std::span<const api::ScaleEvent> events, WallTime periodStart) {
  double start = current;
  for (const api::ScaleEvent& event : events) {
    if (event.at > periodStart) start -= event.change;
  }
  return start;
}

Limit limitOf(const api::ScalingPolicy& policy, Direction direction, double start) {
  const double value = policy.value;
  const bool up = direction == Direction::Up;
  if (policy.type == api::ScalingPolicy::Type::Pods) return {&policy, start, up ? start + value : start - value};
  return {&policy, start, up ? std::ceil(start * (1 + value / 100)) : std::trunc(start * (1 - value / 100))};
}

/// The limit that binds: of several the one farthest on (Max) or the one closest (Min).
Limit bindingLimit(const api::ScalingRules& rules, Direction direction, int32_t current,
                   std::span<const api::ScaleEvent> events, WallTime now) {
  if (rules.selectPolicy == api::SelectPolicy::Disabled) return {.start = 1.0 * current, .replicas = 1.0 * current};
  const bool highest = (rules.selectPolicy == api::SelectPolicy::Max) == (direction == Direction::Up);
  Limit binding;
  for (const api::ScalingPolicy& policy : rules.policies) {
    const Limit limit = limitOf(policy, direction, countAtStart(current, events, now - policy.period));
    const bool farther = highest ? limit.replicas > binding.replicas : limit.replicas < binding.replicas;
    if (binding.policy == nullptr || farther) binding = limit;
  }
  return binding;
}

std::string limitText(const Limit& limit, Direction direction) {
  if (limit.policy == nullptr) return fmt::format("changes {} are disabled", api::toString(direction));
  return fmt::format("at most {}{} in {} s, counted from {}", limit.policy->value,
                     limit.policy->type == api::ScalingPolicy::Type::Pods ? " pods" : " %",
                     limit.policy->period.count(), limit.start);
}

}  // namespace

Outcome limitRate(int32_t wanted, int32_t current, std::span<const api::ScaleEvent> events, const Bounds& bounds,
                  const api::Behavior& behavior, WallTime now) {
  if (wanted == current) return {current, {}};
  const Direction direction = wanted > current ? Direction::Up : Direction::Down;
  const bool up = direction == Direction::Up;
  const Limit limit = bindingLimit(up ? behavior.scaleUp : behavior.scaleDown, direction, current, events, now);
  const int32_t allowed = up ? std::max(current, toCount(limit.replicas)) : std::min(current, toCount(limit.replicas));
  const int32_t edge = up ? bounds.max : bounds.min;
  const int32_t result = up ? std::min({wanted, allowed, edge}) : std::max({wanted, allowed, edge});
  if (result == wanted) return {result, {}};
  if (result == allowed && allowed != edge) return {result, limitText(limit, direction)};
  return {result, fmt::format("{} allowed is {}: {}", up ? "the most" : "the least", edge, bounds.why)};
}

}  // namespace tidewright::decide
