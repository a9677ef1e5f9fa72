#pragma once

#include <string>
#include <tuple>

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

  void set(const nlohmann::json& spec, const nlohmann::json& status);
  /// The same from JSON as it came.
  void setText(std::string_view spec, std::string_view status);
  struct Whole {
    nlohmann::json spec, status;
  };
  [[nodiscard]] Whole whole() const;

  struct ForTick {
    nlohmann::json spec;         ///< Without the template
    nlohmann::json autoscaling;  ///< That of the status
  };
  [[nodiscard]] ForTick forTick() const;
  /// `spec.targetRef`; null if there is none.
  [[nodiscard]] nlohmann::json targetRef() const;

 private:
  Squeezed often_;   ///< As ForTick
  Squeezed seldom_;  ///< The template, and the status without `autoscaling`
  std::string targetRef_;

 public:
  static constexpr auto kFields =
      std::tuple(&AppObject::meta, &AppObject::often_, &AppObject::seldom_, &AppObject::targetRef_);
};

[[nodiscard]] kube::Parse<AppObject> appParser();

}  // namespace tidewright::control
