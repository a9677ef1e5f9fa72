#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tidewright::conformance {

/// One kind of case: what it is recognised by, and what checks it.
struct CaseKind {
  std::string_view name;
  std::vector<std::string_view> keys;  ///< a case that has all of these is of this kind
  /// Nothing when the case passes, else what was wrong. May throw nlohmann's exceptions: the case is malformed.
  std::optional<std::string> (*check)(const nlohmann::json& one);
};

/// Expectations computed by the HorizontalPodAutoscaler.
[[nodiscard]] std::span<const CaseKind> autoscalerKinds();
/// Expectations computed by the Deployment controller and by canary controllers.
[[nodiscard]] std::span<const CaseKind> rolloutKinds();

}  // namespace tidewright::conformance
