#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "operator/api/autoscaling.h"
#include "operator/api/autoscaling_status.h"
#include "operator/api/sample.h"
#include "operator/clock.h"
#include "operator/decide/outcome.h"

namespace tidewright::decide {

/// The pods that a proposal is relative to.
struct Pods {
  int32_t current = 0;  ///< meant to be there: the last decision
  int32_t ready = 0;    ///< of all revisions, so that a rolling update shrinks nothing
};

/// How many pods one measured number asks for. Negative numbers count as 0; the result saturates at INT32_MAX.
/// Within the tolerances, both ends included, it is `current`. Pure: any thread. Source: spec/autoscaling.md 2.
[[nodiscard]] int32_t proposalOf(const api::Target& target, double sample, Pods pods, const api::Behavior& behavior);

/// The sample as the metric wants it read: `onNoData: Zero` turns an answer without series into 0.
[[nodiscard]] api::Sample readSample(const api::Metric& metric, const api::Sample& sample);

/// What one metric proposes, with all that it was computed from; no proposal when it is unknown, unless its fallback
/// is due. `unknownSince` is when it was first found unknown.
[[nodiscard]] api::MetricTrace proposeFor(const api::Metric& metric, const api::Sample& sample, Pods pods,
                                          const api::Behavior& behavior, std::optional<WallTime> unknownSince,
                                          WallTime now);

/// One proposal of several: the highest. Down only if every metric has one; without any, `current`.
[[nodiscard]] Outcome combine(std::span<const api::MetricTrace> metrics, int32_t current);

}  // namespace tidewright::decide
