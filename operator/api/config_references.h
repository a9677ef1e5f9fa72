#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tidewright::api {

/// A ConfigMap or Secret that a pod template names.
struct ConfigReference {
  enum class Kind { ConfigMap, Secret };
  Kind kind = Kind::ConfigMap;
  std::string name;
  bool optional = false;  ///< Pods start without it; where it is named twice, only if both say so

  bool operator==(const ConfigReference&) const = default;
};
/// "ConfigMap", "Secret"
[[nodiscard]] std::string_view toString(ConfigReference::Kind kind);

/// What containers read as environment (`envFrom`, `env[].valueFrom`) and what volumes hold, projected ones too; each
/// once, ConfigMaps first, by name. Never fails: what is no template names nothing. Pure: any thread.
[[nodiscard]] std::vector<ConfigReference> configReferences(const nlohmann::json& podTemplate);

}  // namespace tidewright::api
