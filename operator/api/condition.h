#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/clock.h"

namespace tidewright::api {

enum class ConditionStatus { True, False, Unknown };
[[nodiscard]] std::string_view toString(ConditionStatus status);

/// What is known about one aspect of an app, Kubernetes' metav1.Condition.
struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::Unknown;
  std::string reason;   ///< CamelCase, never empty once written
  std::string message;  ///< for a person
  int64_t observedGeneration = 0;
  WallTime lastTransitionTime;

  bool operator==(const Condition&) const = default;
};

/// Puts `condition` in place of the one of its type, or at the end. `lastTransitionTime` becomes `now` only when the
/// status changes; what `condition` holds there is ignored, so that an unchanged condition costs no write.
void setCondition(std::vector<Condition>& conditions, Condition condition, WallTime now);
/// The condition of that type, or nullptr.
[[nodiscard]] const Condition* findCondition(const std::vector<Condition>& conditions, std::string_view type);

[[nodiscard]] nlohmann::json toJson(const std::vector<Condition>& conditions);
/// Never fails: an entry without a type is left out, as if it had never been stored.
[[nodiscard]] std::vector<Condition> parseConditions(const nlohmann::json& value);

}  // namespace tidewright::api
