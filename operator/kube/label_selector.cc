#include "operator/kube/label_selector.h"

#include <algorithm>
#include <optional>

namespace tidewright::kube {
namespace {

using Operator = LabelRequirement::Operator;

std::optional<Operator> operatorOf(const std::string& name) {
  if (name == "In") return Operator::In;
  if (name == "NotIn") return Operator::NotIn;
  if (name == "Exists") return Operator::Exists;
  if (name == "DoesNotExist") return Operator::DoesNotExist;
  return std::nullopt;
}

}  // namespace

bool LabelRequirement::matches(const std::map<std::string, std::string>& labels) const {
  const auto found = labels.find(key);
  const bool there = found != labels.end();
  const bool listed = there && std::ranges::find(values, found->second) != values.end();
  switch (op) {
    case Operator::In: return listed;
    case Operator::NotIn: return !listed;
    case Operator::Exists: return there;
    case Operator::DoesNotExist: return !there;
  }
  return false;
}

bool LabelSelector::matches(const std::map<std::string, std::string>& labels) const {
  return std::ranges::all_of(requirements, [&](const LabelRequirement& one) { return one.matches(labels); });
}

LabelSelector parseLabelSelector(const nlohmann::json& value) {
  LabelSelector selector;
  if (!value.is_object()) return selector;
  const nlohmann::json labels = value.value("matchLabels", nlohmann::json::object());
  for (const auto& [key, wanted] : labels.items()) {
    if (wanted.is_string()) selector.requirements.push_back({key, Operator::In, {wanted.get<std::string>()}});
  }
  const nlohmann::json expressions = value.value("matchExpressions", nlohmann::json::array());
  for (const nlohmann::json& one : expressions) {
    const std::optional<Operator> op = operatorOf(one.value("operator", ""));
    if (op)
      selector.requirements.push_back({one.value("key", ""), *op, one.value("values", std::vector<std::string>())});
  }
  return selector;
}

}  // namespace tidewright::kube
