#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "operator/result.h"

namespace tidewright::api {

/// `value OP number`.
struct Comparison {
  enum class Operator { Less, LessOrEqual, Greater, GreaterOrEqual, Equal, NotEqual };
  Operator op = Operator::Less;
  double number = 0;  ///< finite

  [[nodiscard]] bool holds(double value) const;
  bool operator==(const Comparison&) const = default;
};

/// When a measurement is good: "value <= 0.01", or a range, "value > 0.2 and value < 0.8".
struct SuccessWhen {
  std::string text;              ///< as the user wrote it
  std::vector<Comparison> both;  ///< all of them must hold; one or more

  [[nodiscard]] bool holds(double value) const;
  bool operator==(const SuccessWhen&) const = default;
};

/// Invalid says what to write instead: for anything that is not comparisons of `value` with a number joined by `and`,
/// and for ranges in which no number lies. Pure. Source: spec/rollout.md, "Analysis".
[[nodiscard]] Result<SuccessWhen> parseSuccessWhen(std::string_view text);

}  // namespace tidewright::api
