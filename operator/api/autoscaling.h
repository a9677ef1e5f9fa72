#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "operator/api/behavior.h"
#include "operator/api/quantity.h"
#include "operator/api/query.h"
#include "operator/api/schedule.h"
#include "operator/result.h"

namespace tidewright::api {

/// DryRun decides and traces but writes no replicas; Paused keeps the count.
enum class ScalingMode { Active, DryRun, Paused };
[[nodiscard]] std::string_view toString(ScalingMode mode);

/// What a query whose series honestly vanish at zero load means when it has none.
enum class OnNoData { Hold, Zero };

struct Target {
  enum class Type { AverageValue, Value };
  Type type = Type::AverageValue;  ///< per pod, or for the whole
  Quantity value;                  ///< > 0
  bool operator==(const Target&) const = default;
};
[[nodiscard]] std::string_view toString(Target::Type type);

/// What a metric proposes once it has been unknown for `after`.
struct Fallback {
  enum class Behavior { Static, AtLeast, AtMost };
  std::chrono::seconds after{0};
  int32_t replicas = 0;
  Behavior behavior = Behavior::Static;
  bool operator==(const Fallback&) const = default;
};
[[nodiscard]] std::string_view toString(Fallback::Behavior behavior);

struct Metric {
  std::string name;
  Query prometheus;
  OnNoData onNoData = OnNoData::Hold;
  Target target;
  Quantity activation;  ///< zero is left when the sample is above it, strictly
  std::optional<Fallback> fallback;
  bool operator==(const Metric&) const = default;
};

/// A short-window query that may raise the count at once. It is read against the target of the first metric.
struct Panic {
  Query query;
  std::chrono::seconds window{60};  ///< calm for that long ends the panic
  int32_t thresholdPercent = 200;   ///< of the current count
  bool operator==(const Panic&) const = default;
};

/// `spec.autoscaling`, whole: every default filled in, everything checked.
struct Autoscaling {
  ScalingMode mode = ScalingMode::Active;
  int32_t minReplicas = 1;
  int32_t maxReplicas = 1;
  std::chrono::seconds poll{15};
  std::chrono::seconds cooldown{300};
  std::vector<Metric> metrics;  ///< 1..20, names unique
  Behavior behavior;
  std::vector<Schedule> schedules;
  std::optional<Panic> panic;
  std::vector<Direction> pausedDirections;
  bool operator==(const Autoscaling&) const = default;

  [[nodiscard]] bool isPaused(Direction direction) const;
};

/// `value` is the object at `path`, "spec.autoscaling". Unknown fields are the CRD's business and ignored here.
/// Invalid names the field and what to write instead. Reads the tz database: any thread, may touch the disk once.
[[nodiscard]] Result<Autoscaling> parseAutoscaling(const nlohmann::json& value,
                                                   std::string_view path = "spec.autoscaling");

/// The `behavior` object alone, defaults filled in.
[[nodiscard]] Result<Behavior> parseBehavior(const nlohmann::json& value, std::string_view path);

/// The `prometheus` object of a metric or an analysis; `poll` gives `maxAgeSeconds` its default, 2 x poll + 30 s.
[[nodiscard]] Result<Query> parseQuery(const nlohmann::json& value, std::string_view path, std::chrono::seconds poll);

}  // namespace tidewright::api
