#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

namespace tidewright::kube {

/// One condition on one label; an entry of `matchLabels` is an In with a single value.
struct LabelRequirement {
  enum class Operator { In, NotIn, Exists, DoesNotExist };
  std::string key;
  Operator op = Operator::In;
  std::vector<std::string> values;

  [[nodiscard]] bool matches(const std::map<std::string, std::string>& labels) const;

  static constexpr auto kFields = std::tuple(&LabelRequirement::key, &LabelRequirement::op, &LabelRequirement::values);
  bool operator==(const LabelRequirement&) const = default;
};

/// metav1.LabelSelector: all requirements together; none at all selects everything.
struct LabelSelector {
  std::vector<LabelRequirement> requirements;

  [[nodiscard]] bool matches(const std::map<std::string, std::string>& labels) const;

  static constexpr auto kFields = std::tuple(&LabelSelector::requirements);
  bool operator==(const LabelSelector&) const = default;
};

/// What cannot be read is left out, as the API server has checked the object. Pure: any thread.
[[nodiscard]] LabelSelector parseLabelSelector(const nlohmann::json& value);

}  // namespace tidewright::kube
