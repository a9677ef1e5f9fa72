#pragma once

#include <string>

#include "operator/kube/objects.h"
#include "operator/kube/parse.h"

namespace tidewright::control {

inline constexpr std::string_view kManagedBySelector = "app.kubernetes.io/managed-by=tidewright";
inline constexpr std::string_view kCommandAnnotation = "tidewright.dev/command";

/// A ScaledApp as the cache keeps it: spec and status stay text, a tenth of what they are as a tree, and are parsed
/// when a decision needs them.
struct AppObject {
  kube::ObjectMeta meta;
  std::string spec;    ///< JSON
  std::string status;  ///< JSON; "null" if there is none
};

[[nodiscard]] kube::Parse<AppObject> appParser();

}  // namespace tidewright::control
