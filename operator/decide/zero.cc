#include "operator/decide/zero.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidewright::decide {

Activity activityOf(std::span<const api::Metric> metrics, std::span<const api::MetricTrace> traces) {
  Activity activity{.idle = !traces.empty()};
  for (std::size_t i = 0; i < traces.size(); ++i) {
    const api::Number* number = std::get_if<api::Number>(&traces[i].sample);
    const bool above = number != nullptr && api::toMilli(number->value) > metrics[i].activation.milli;
    const bool fallsBack = number == nullptr && traces[i].proposal.value_or(0) > 0;
    if (activity.active == nullptr && (above || fallsBack)) activity.active = &traces[i];
    if (number == nullptr || above) activity.idle = false;
  }
  return activity;
}

Outcome zero(int32_t replicas, int32_t current, const api::Autoscaling& policy, const Activity& activity,
             std::optional<WallTime> idleSince, bool panicking, WallTime now) {
  if (current == 0) {
    if (activity.active == nullptr) return {0, "no metric is above its activation, so it stays at zero"};
    return {std::max(1, replicas), fmt::format("{} is active, so zero is left", activity.active->name)};
  }
  // Disabled means that nothing is ever taken away, the last pod included.
  const bool mayFall = !panicking && policy.behavior.scaleDown.selectPolicy != api::SelectPolicy::Disabled;
  if (mayFall && idleSince && now - *idleSince >= policy.cooldown) {
    return {0,
            fmt::format("no metric has been above its activation for the cooldown of {} s", policy.cooldown.count())};
  }
  return {std::max(1, replicas),
          fmt::format("the last pod goes only after {} s with every metric known and at or below its activation",
                      policy.cooldown.count())};
}

}  // namespace tidewright::decide
