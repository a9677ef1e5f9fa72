#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tidewright::kube {

/// Server-side apply takes back only what was applied: fields that came by a create stay, owned by the entry of that
/// create, when a later apply of the same manager leaves them out. This is the JSON patch that hands what `manager` owns
/// by creating and updating over to what it owns by applying; none if there is nothing to hand over. It fails with
/// Conflict if the object has changed since. `object` needs its managedFields. Pure.
[[nodiscard]] std::optional<nlohmann::json> handOverToApply(const nlohmann::json& object, const std::string& manager);

}  // namespace tidewright::kube
