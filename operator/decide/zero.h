#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "operator/api/autoscaling.h"
#include "operator/api/autoscaling_status.h"
#include "operator/clock.h"
#include "operator/decide/outcome.h"

namespace tidewright::decide {

/// What the metrics say of an app that may run without pods. `traces` are the policy's metrics, in their order.
struct Activity {
  /// The metric that is above its activation, or whose fallback asks for pods; none: nobody needs the app now.
  const api::MetricTrace* active = nullptr;
  bool idle = false;  ///< every metric is known and at or below its activation; not the opposite of active
};
[[nodiscard]] Activity activityOf(std::span<const api::Metric> metrics, std::span<const api::MetricTrace> traces);

/// Decides between nothing and something, for an app whose floor is 0. Zero is left as soon as a metric is active, and
/// reached, from any count, once the app has been idle for the cooldown. In between there is at least one pod.
/// `idleSince` is unset when the app is not idle. Pure: any thread. Source: spec/autoscaling.md 4.5.
[[nodiscard]] Outcome zero(int32_t replicas, int32_t current, const api::Autoscaling& policy, const Activity& activity,
                           std::optional<WallTime> idleSince, bool panicking, WallTime now);

}  // namespace tidewright::decide
