#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/clock.h"

namespace tidewright::api {

/// One look at a metric.
struct Measurement {
  enum class Result {
    Successful,
    Failed,
    Inconclusive,  ///< nobody knows the value
    Ignored,       ///< nobody knows it, and `onNoData: Ignore`
    Error,         ///< the query cannot be answered as it is
  };
  Result result = Result::Inconclusive;
  WallTime at;                  ///< when the answer came; whole microseconds
  std::optional<double> value;  ///< finite; none: unknown
  std::string message;          ///< why it is unknown

  bool operator==(const Measurement&) const = default;
};
[[nodiscard]] std::string_view toString(Measurement::Result result);

/// How one metric of `spec.rollout.analysis` stands: an item of `status.rollout.analysis`.
struct MetricAnalysis {
  /// Failed, Error and Successful are final; Inconclusive lasts as long as nobody knows the value.
  enum class Phase { Running, Successful, Inconclusive, Error, Failed };
  /// So many measurements are kept; the counts below go on.
  static constexpr size_t kKept = 10;

  std::string name;
  Phase phase = Phase::Running;
  std::optional<int32_t> step;  ///< the analysis step that it belongs to; none: beside the rollout
  WallTime startedAt;           ///< the first measurement is one interval later; whole microseconds
  int32_t successful = 0;
  int32_t failed = 0;
  int32_t inconclusive = 0;
  int32_t ignored = 0;
  int32_t consecutiveErrors = 0;
  std::vector<Measurement> measurements;  ///< the last ones, oldest first
  std::string message;                    ///< why it stands so, for a person

  bool operator==(const MetricAnalysis&) const = default;
};
[[nodiscard]] std::string_view toString(MetricAnalysis::Phase phase);

[[nodiscard]] nlohmann::json toJson(const std::vector<MetricAnalysis>& analysis);
/// Never fails: an item that cannot be read is as if it had never been stored.
[[nodiscard]] std::vector<MetricAnalysis> parseAnalysisStatus(const nlohmann::json& value);

}  // namespace tidewright::api
