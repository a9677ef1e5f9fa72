#pragma once

#include <optional>

#include <nlohmann/json.hpp>

namespace tidewright::control {

/// The JSON merge patch (RFC 7386) that makes `before` into `after`; none if they are equal. Lists are replaced whole.
/// Neither may hold nulls inside, for which a merge patch has no word. Pure.
[[nodiscard]] std::optional<nlohmann::json> mergePatchFor(const nlohmann::json& before, const nlohmann::json& after);

}  // namespace tidewright::control
