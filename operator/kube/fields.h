#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "operator/clock.h"
#include "operator/timestamp.h"

/// Reading JSON in which any field may be absent: absent, null and of another type all read as "not there".
namespace tidewright::kube::fields {

using Json = nlohmann::json;

[[nodiscard]] inline const Json& at(const Json& object, std::string_view key) {
  static const Json kAbsent;
  if (!object.is_object()) return kAbsent;
  const auto found = object.find(key);
  return found == object.end() ? kAbsent : *found;
}

template <class... Keys>
[[nodiscard]] const Json& at(const Json& object, std::string_view key, Keys... deeper) {
  return at(at(object, key), deeper...);
}

[[nodiscard]] inline std::string text(const Json& value, std::string_view otherwise = {}) {
  const auto* string = value.get_ptr<const std::string*>();
  return string == nullptr ? std::string(otherwise) : *string;
}

/// Out of the type's range reads as absent too.
template <class Integer>
[[nodiscard]] Integer integer(const Json& value, Integer otherwise = 0) {
  if (!value.is_number_integer()) return otherwise;
  const auto wide = value.get<std::int64_t>();
  if (wide < std::numeric_limits<Integer>::min() || wide > std::numeric_limits<Integer>::max()) return otherwise;
  return static_cast<Integer>(wide);
}

[[nodiscard]] inline bool boolean(const Json& value, bool otherwise) {
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

/// An IntOrString as text: 8080 and "8080" alike; empty if absent.
[[nodiscard]] inline std::string intOrString(const Json& value) {
  return value.is_number_integer() ? std::to_string(value.get<std::int64_t>()) : text(value);
}

[[nodiscard]] inline std::optional<WallTime> time(const Json& value) {
  const auto* string = value.get_ptr<const std::string*>();
  if (string == nullptr) return std::nullopt;
  const Result<WallTime> parsed = parseTimestamp(*string);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

}  // namespace tidewright::kube::fields
