#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "operator/control/squeezed.h"
#include "operator/kube/objects.h"
#include "operator/kube/parse.h"

namespace tidewright::control {

inline constexpr std::string_view kManagedBySelector = "app.kubernetes.io/managed-by=tidewright";
inline constexpr std::string_view kCommandAnnotation = "tidewright.dev/command";
/// A command that must not be taken twice, from when it is taken until what became of it is stored.
inline constexpr std::string_view kCommandTakenAnnotation = "tidewright.dev/command-taken";

/// A ScaledApp as the cache keeps it: its JSON, squeezed to a tenth of what it would be as a tree, and parsed when a
/// decision needs it. What a tick of the autoscaler needs is apart from the rest, which is longer.
struct AppObject {
  kube::ObjectMeta meta;

  void set(nlohmann::json spec, nlohmann::json status);
  [[nodiscard]] nlohmann::json spec() const;
  [[nodiscard]] nlohmann::json status() const;

  struct ForTick {
    nlohmann::json spec;         ///< Without the template
    nlohmann::json autoscaling;  ///< That of the status
  };
  [[nodiscard]] ForTick forTick() const;

 private:
  Squeezed often_;   ///< As ForTick
  Squeezed seldom_;  ///< The template, and the status without `autoscaling`
};

[[nodiscard]] kube::Parse<AppObject> appParser();

}  // namespace tidewright::control
