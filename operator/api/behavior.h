#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tidewright::api {

enum class Direction { Up, Down };
[[nodiscard]] std::string_view toString(Direction direction);

/// How far the count may move within `period`.
struct ScalingPolicy {
  enum class Type { Pods, Percent };
  Type type = Type::Pods;
  int32_t value = 1;  ///< pods, or percent of the count at the period's start; > 0
  std::chrono::seconds period{60};
  bool operator==(const ScalingPolicy&) const = default;
};

/// Which of several policies binds: the one that allows the largest change, the smallest, or no change at all.
enum class SelectPolicy { Max, Min, Disabled };
[[nodiscard]] std::string_view toString(SelectPolicy select);

/// One direction of `behavior`; the names and meaning of autoscaling/v2.
struct ScalingRules {
  std::chrono::seconds stabilizationWindow{0};
  SelectPolicy selectPolicy = SelectPolicy::Max;
  std::vector<ScalingPolicy> policies;  ///< never empty once parsed
  double tolerance = 0.1;               ///< share of the target within which the count stays
  bool operator==(const ScalingRules&) const = default;
};

/// The HorizontalPodAutoscaler's defaults: up by 4 pods or 100 % in 15 s, whichever is more, and at once;
/// down by up to 100 % in 15 s, after 300 s.
struct Behavior {
  ScalingRules scaleUp{.policies = {{ScalingPolicy::Type::Pods, 4, std::chrono::seconds{15}},
                                    {ScalingPolicy::Type::Percent, 100, std::chrono::seconds{15}}}};
  ScalingRules scaleDown{.stabilizationWindow = std::chrono::seconds{300},
                         .policies = {{ScalingPolicy::Type::Percent, 100, std::chrono::seconds{15}}}};
  bool operator==(const Behavior&) const = default;

  /// The longest window or period of either direction: older history cannot matter any more.
  [[nodiscard]] std::chrono::seconds longestMemory() const;
};

}  // namespace tidewright::api
