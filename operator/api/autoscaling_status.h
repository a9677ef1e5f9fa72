#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "operator/api/sample.h"
#include "operator/clock.h"

namespace tidewright::api {

/// Here `kFields` is for memory alone, see operator/packed.h: what is stored is written by toJson.

/// What was proposed at `at` (and may have been proposed, unchanged, some time before). After a merge it stands for
/// several and keeps their extremes.
struct Recommendation {
  WallTime at;
  int32_t lowest = 0;   ///< what going up must heed
  int32_t highest = 0;  ///< what going down must heed
  static constexpr auto kFields = std::tuple(&Recommendation::at, &Recommendation::lowest, &Recommendation::highest);
  bool operator==(const Recommendation&) const = default;
};

/// A written change of the count: pods added (> 0) or removed (< 0).
struct ScaleEvent {
  WallTime at;
  int32_t change = 0;
  static constexpr auto kFields = std::tuple(&ScaleEvent::at, &ScaleEvent::change);
  bool operator==(const ScaleEvent&) const = default;
};

/// There is a panic. `calmSince` is unset while the threshold is being crossed.
struct PanicState {
  std::optional<WallTime> calmSince;
  static constexpr auto kFields = std::tuple(&PanicState::calmSince);
  bool operator==(const PanicState&) const = default;
};

/// What the autoscaler remembers from tick to tick. All times are whole seconds, the precision of Kubernetes' own
/// times, so that what is stored is exactly what is in memory.
struct ScalingHistory {
  std::vector<Recommendation> recommendations;   ///< oldest first
  std::vector<ScaleEvent> scaleEvents;           ///< oldest first
  std::map<std::string, WallTime> unknownSince;  ///< metric -> when it was first found unknown
  std::optional<WallTime> idleSince;  ///< every metric known and at or below its activation since then; unset: not so
  std::optional<PanicState> panic;
  static constexpr auto kFields =
      std::tuple(&ScalingHistory::recommendations, &ScalingHistory::scaleEvents, &ScalingHistory::unknownSince,
                 &ScalingHistory::idleSince, &ScalingHistory::panic);
  bool operator==(const ScalingHistory&) const = default;
};

/// One metric of a decision, with all that its proposal was computed from.
struct MetricTrace {
  std::string name;
  Sample sample;
  std::string target;               ///< "100 per pod", "500 for the whole"
  std::optional<int32_t> proposal;  ///< none: unknown
  std::string why;                  ///< how the proposal came about
  static constexpr auto kFields = std::tuple(&MetricTrace::name, &MetricTrace::sample, &MetricTrace::target,
                                             &MetricTrace::proposal, &MetricTrace::why);
  bool operator==(const MetricTrace&) const = default;
};

/// One step that changed the number.
struct TraceStep {
  std::string step;
  int32_t from = 0, to = 0;
  std::string why;
  static constexpr auto kFields = std::tuple(&TraceStep::step, &TraceStep::from, &TraceStep::to, &TraceStep::why);
  bool operator==(const TraceStep&) const = default;
};

/// A decision as a person may check it by hand: it starts at `current`, each step starts where the one before
/// ended, the last ends at `result`.
struct LastDecision {
  WallTime time;
  int32_t current = 0;
  int32_t readyPods = 0;
  std::vector<MetricTrace> metrics;
  std::vector<TraceStep> steps;
  int32_t result = 0;
  static constexpr auto kFields = std::tuple(&LastDecision::time, &LastDecision::current, &LastDecision::readyPods,
                                             &LastDecision::metrics, &LastDecision::steps, &LastDecision::result);
  bool operator==(const LastDecision&) const = default;
};

/// `status.autoscaling`.
struct AutoscalingStatus {
  std::optional<int32_t> desiredReplicas;
  std::optional<WallTime> lastScaleTime;
  ScalingHistory history;
  std::optional<LastDecision> lastDecision;
  static constexpr auto kFields = std::tuple(&AutoscalingStatus::desiredReplicas, &AutoscalingStatus::lastScaleTime,
                                             &AutoscalingStatus::history, &AutoscalingStatus::lastDecision);
  bool operator==(const AutoscalingStatus&) const = default;
};

/// The history is written densely ("12@1763698429": 12 proposed, seconds since 1970), so that it stays below 4 KiB.
[[nodiscard]] nlohmann::json toJson(const AutoscalingStatus& status);
/// Never fails: what cannot be read is left out, as if it had never been stored.
[[nodiscard]] AutoscalingStatus parseAutoscalingStatus(const nlohmann::json& value);

}  // namespace tidewright::api
