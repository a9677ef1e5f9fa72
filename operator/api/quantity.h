#pragma once

#include <compare>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "operator/result.h"

namespace tidewright::api {

/// A Kubernetes quantity ("100", "2.5k", "1500m", "1Gi", "1e3"), counted in thousandths: every number that
/// can be written with three decimals is exact here, which a double of whole units is not (0.1).
struct Quantity {
  double milli = 0;

  [[nodiscard]] double value() const { return milli / 1000; }
  auto operator<=>(const Quantity&) const = default;
};

/// Suffixes n u m k M G T P E and Ki Mi Gi Ti Pi Ei, or a decimal exponent. Invalid otherwise. Any thread.
[[nodiscard]] Result<Quantity> parseQuantity(std::string_view text);
/// A string as above, or a JSON number: both are allowed in a manifest.
[[nodiscard]] Result<Quantity> quantityFrom(const nlohmann::json& value);

/// A measured value in thousandths. What differs from a whole number of them by no more than a double's
/// rounding is that whole number, so that 1.1 / 0.1 is 11 and not a hair more, which ceil would make 12.
[[nodiscard]] double toMilli(double value);

}  // namespace tidewright::api
