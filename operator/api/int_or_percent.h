#pragma once

#include <cstdint>

#include <nlohmann/json.hpp>

#include "operator/result.h"

namespace tidewright::api {

/// A number of pods, or a percentage of them: Kubernetes' IntOrString as `maxSurge` and `maxUnavailable` use it.
struct IntOrPercent {
  int32_t value = 0;  ///< >= 0; pods, or percent
  bool percent = false;

  bool operator==(const IntOrPercent&) const = default;
};

/// From 3, "3" or "25%". Invalid, with what to write instead, for anything else.
[[nodiscard]] Result<IntOrPercent> parseIntOrPercent(const nlohmann::json& value);
[[nodiscard]] nlohmann::json toJson(const IntOrPercent& value);

}  // namespace tidewright::api
