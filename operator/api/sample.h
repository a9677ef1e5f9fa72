#pragma once

#include <string>
#include <tuple>
#include <variant>

namespace tidewright::api {

/// A number that was measured. Never NaN, never infinite.
struct Number {
  double value = 0;
  std::string warnings;  ///< what the server said beside it; empty: nothing
  static constexpr auto kFields = std::tuple(&Number::value, &Number::warnings);
  bool operator==(const Number&) const = default;
};

/// Nobody knows the number; never to be read as 0.
struct Unknown {
  std::string reason;  ///< a clause for a person: "HTTP 503 from http://prometheus:9090"
  /// The server answered well and had no series: the only unknown that `onNoData: Zero` turns into a 0.
  bool noSeries = false;
  static constexpr auto kFields = std::tuple(&Unknown::reason, &Unknown::noSeries);
  bool operator==(const Unknown&) const = default;
};

using Sample = std::variant<Number, Unknown>;

}  // namespace tidewright::api
