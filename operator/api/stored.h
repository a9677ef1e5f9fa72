#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "operator/timestamp.h"

namespace tidewright::api {

/// Reads back what we stored ourselves. A status may be lost, cut short or edited by hand: whatever is absent or of
/// the wrong kind reads as if it had never been stored. Borrows the value. Any thread.
class Stored {
 public:
  explicit Stored(const nlohmann::json& value) : value_(value) {}

  [[nodiscard]] const nlohmann::json& at(const char* name) const {
    static const nlohmann::json absent;
    if (!value_.is_object()) return absent;
    const auto found = value_.find(name);
    return found == value_.end() ? absent : *found;
  }
  [[nodiscard]] std::string text(const char* name) const {
    const nlohmann::json& value = at(name);
    return value.is_string() ? value.get<std::string>() : std::string();
  }
  [[nodiscard]] int64_t integer(const char* name) const {
    const nlohmann::json& value = at(name);
    return value.is_number_integer() ? value.get<int64_t>() : 0;
  }
  /// A count of pods or steps: never negative.
  [[nodiscard]] int32_t count(const char* name) const { return optionalCount(name).value_or(0); }
  [[nodiscard]] std::optional<int32_t> optionalCount(const char* name) const {
    const nlohmann::json& value = at(name);
    if (!value.is_number_integer()) return std::nullopt;
    const auto number = value.get<int64_t>();
    if (number < 0 || number > INT32_MAX) return std::nullopt;
    return static_cast<int32_t>(number);
  }
  [[nodiscard]] std::optional<WallTime> time(const char* name) const {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    const Result<WallTime> parsed = parseTimestamp(value);
    return parsed ? std::optional(*parsed) : std::nullopt;
  }

 private:
  const nlohmann::json& value_;
};

}  // namespace tidewright::api
