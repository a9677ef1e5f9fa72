#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/api/analysis_spec.h"
#include "operator/api/int_or_percent.h"
#include "operator/result.h"

namespace tidewright::api {

enum class RolloutStrategy { RollingUpdate, Canary, BlueGreen, Recreate };
[[nodiscard]] std::string_view toString(RolloutStrategy strategy);

/// What a change of a ConfigMap or Secret that the template names does.
enum class OnConfigChange { Ignore, Restart };

/// The steps of a canary.
struct SetWeight {
  int32_t weight = 0;  ///< 0..100
  bool operator==(const SetWeight&) const = default;
};
struct Pause {
  std::optional<std::chrono::seconds> duration;  ///< none: until somebody promotes
  bool operator==(const Pause&) const = default;
};
struct AnalysisStep {
  std::vector<std::string> metrics;  ///< names in `spec.rollout.analysis`
  bool operator==(const AnalysisStep&) const = default;
};
using RolloutStep = std::variant<SetWeight, Pause, AnalysisStep>;

struct GatewayRoute {
  std::string name;
  std::string routeNamespace;  ///< empty: the app's own
  bool operator==(const GatewayRoute&) const = default;
};

/// `spec.rollout`, whole: every default filled in.
struct RolloutSpec {
  RolloutStrategy strategy = RolloutStrategy::RollingUpdate;
  IntOrPercent maxSurge{.value = 25, .percent = true};
  IntOrPercent maxUnavailable{.value = 0};
  int32_t minReadySeconds = 2;
  std::chrono::seconds progressDeadline{600};
  bool autoRollback = true;
  std::vector<RolloutStep> steps;
  bool stableService = false;
  bool canaryService = false;
  std::optional<GatewayRoute> gatewayRoute;
  bool autoPromote = true;
  std::chrono::seconds scaleDownDelay{30};
  OnConfigChange onConfigChange = OnConfigChange::Ignore;
  std::vector<AnalysisMetric> analysis;

  bool operator==(const RolloutSpec&) const = default;
};

/// `value` is the object at `path`; null gives the defaults. Invalid names the field and what to write instead.
[[nodiscard]] Result<RolloutSpec> parseRolloutSpec(const nlohmann::json& value, std::string_view path = "spec.rollout");

}  // namespace tidewright::api
