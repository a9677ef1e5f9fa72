#include "operator/api/condition.h"

#include <algorithm>
#include <utility>

#include "operator/api/stored.h"
#include "operator/timestamp.h"

namespace tidewright::api {

std::string_view toString(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::True: return "True";
    case ConditionStatus::False: return "False";
    case ConditionStatus::Unknown: return "Unknown";
  }
  return "Unknown";
}

void setCondition(std::vector<Condition>& conditions, Condition condition, WallTime now) {
  // Stored times have whole seconds; finer ones would differ from themselves after a restart.
  condition.lastTransitionTime = std::chrono::floor<std::chrono::seconds>(now);
  const auto old = std::ranges::find(conditions, condition.type, &Condition::type);
  if (old == conditions.end()) {
    conditions.push_back(std::move(condition));
    return;
  }
  if (old->status == condition.status) condition.lastTransitionTime = old->lastTransitionTime;
  *old = std::move(condition);
}

const Condition* findCondition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto found = std::ranges::find(conditions, type, &Condition::type);
  return found == conditions.end() ? nullptr : &*found;
}

nlohmann::json toJson(const std::vector<Condition>& conditions) {
  nlohmann::json all = nlohmann::json::array();
  for (const Condition& condition : conditions) {
    all.push_back({{"type", condition.type},
                   {"status", toString(condition.status)},
                   {"reason", condition.reason},
                   {"message", condition.message},
                   {"observedGeneration", condition.observedGeneration},
                   {"lastTransitionTime", formatTimestamp(condition.lastTransitionTime)}});
  }
  return all;
}

std::vector<Condition> parseConditions(const nlohmann::json& value) {
  std::vector<Condition> all;
  if (!value.is_array()) return all;
  for (const nlohmann::json& item : value) {
    const Stored stored(item);
    Condition condition{
        .type = stored.text("type"), .reason = stored.text("reason"), .message = stored.text("message")};
    if (condition.type.empty()) continue;
    const std::string status = stored.text("status");
    if (status == "True") condition.status = ConditionStatus::True;
    if (status == "False") condition.status = ConditionStatus::False;
    condition.observedGeneration = stored.integer("observedGeneration");
    condition.lastTransitionTime = stored.time("lastTransitionTime").value_or(WallTime{});
    all.push_back(std::move(condition));
  }
  return all;
}

}  // namespace tidewright::api
