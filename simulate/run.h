#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operator/api/autoscaling.h"
#include "operator/clock.h"
#include "operator/result.h"
#include "simulate/series.h"

namespace tidewright::simulate {

/// What was measured, by the name of the policy's metric: the whole load, not that of one pod.
struct Load {
  std::map<std::string, Series> metrics;
  Series panic;  ///< Of the policy's panic query; empty: nobody recorded it, so there is no panic
};

struct Options {
  int32_t start = 1;                 ///< Pods at the beginning, all ready
  std::chrono::seconds startup{0};   ///< How long a new pod takes to be ready
  std::optional<WallTime> from, to;  ///< Default: the first and the last point of any metric
  /// Looks at the very times of the load's points instead of every `poll`: for a load that was recorded at the ticks of
  /// an operator, which keep no perfect time.
  bool atSamples = false;
};

/// One look of the autoscaler.
struct Tick {
  WallTime at;
  std::vector<std::optional<double>> values;  ///< One for each of the policy's metrics; none: unknown
  int32_t ready = 0;                          ///< When it looked
  int32_t desired = 0;                        ///< What it decided
  /// Pods that the load needs by the metrics with a target per pod, the most demanding counts; none: all unknown.
  std::optional<double> needed;
  std::string why;  ///< How the count came to change; empty: it did not
  bool operator==(const Tick&) const = default;
};

struct Run {
  int32_t start = 1;
  std::chrono::seconds poll{15};
  std::vector<std::string> metrics;  ///< Names, in the order of `Tick::values`
  std::vector<Tick> ticks;
};

/// What the operator would have done under this load, tick for tick: its own decision and memory with a clock of ours.
/// DryRun and Paused are taken as Active: to see what would have been done is the point. The load is what was measured
/// then; that other counts might have made another load is not modelled. A policy whose `poll` differs from the load's
/// steps sees each point for as long as it is the latest and reaches (reachOf): where one is missing the server had
/// nothing to say, which the operator would have taken as unknown at once. Invalid when a metric has no series, or the
/// time is empty or longer than two million ticks. Pure: any thread.
[[nodiscard]] Result<Run> simulate(api::Autoscaling policy, const Load& load, const Options& options);

}  // namespace tidewright::simulate
