#include "operator/api/behavior.h"

#include <algorithm>

namespace tidewright::api {

std::string_view toString(Direction direction) { return direction == Direction::Up ? "Up" : "Down"; }

std::string_view toString(SelectPolicy select) {
  switch (select) {
    case SelectPolicy::Max: return "Max";
    case SelectPolicy::Min: return "Min";
    case SelectPolicy::Disabled: return "Disabled";
  }
  return "";
}

std::chrono::seconds Behavior::longestMemory() const {
  std::chrono::seconds longest{0};
  for (const ScalingRules* rules : {&scaleUp, &scaleDown}) {
    longest = std::max(longest, rules->stabilizationWindow);
    for (const ScalingPolicy& policy : rules->policies) longest = std::max(longest, policy.period);
  }
  return longest;
}

}  // namespace tidewright::api
