#include "operator/control/merge_patch.h"

namespace tidewright::control {

std::optional<nlohmann::json> mergePatchFor(const nlohmann::json& before, const nlohmann::json& after) {
  if (before == after) return std::nullopt;
  if (!before.is_object() || !after.is_object()) return after;
  nlohmann::json patch = nlohmann::json::object();
  for (const auto& [name, value] : after.items()) {
    const auto old = before.find(name);
    if (old == before.end()) {
      patch[name] = value;
    } else if (auto inner = mergePatchFor(*old, value)) {
      patch[name] = *std::move(inner);
    }
  }
  for (const auto& [name, value] : before.items()) {
    if (!after.contains(name)) patch[name] = nullptr;
  }
  return patch;
}

}  // namespace tidewright::control
