#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "operator/api/scaled_app.h"
#include "operator/control/app_object.h"
#include "operator/kube/objects.h"
#include "operator/kube/parse.h"

namespace tidewright::control {

/// What something scales, in a form to compare: "shop/apps/Deployment/web". The version of an API does not matter.
[[nodiscard]] std::string scaleTarget(const std::string& ns, const std::string& apiVersion, const std::string& kind,
                                      const std::string& name);
/// That of an app's targetRef; empty if it has none. Cheap for those without.
[[nodiscard]] std::string scaleTargetOf(const AppObject& app);

/// A HorizontalPodAutoscaler.
struct Scaler {
  kube::ObjectMeta meta;
  std::string target;  ///< See scaleTarget

  static constexpr auto kFields = std::tuple(&Scaler::meta, &Scaler::target);
};
[[nodiscard]] kube::Parse<Scaler> scalerParser();

class Caches;

/// Who else scales something.
struct Owners {
  std::string other;            ///< "HorizontalPodAutoscaler web"; empty: nobody
  bool pending = false;         ///< The first list of the ScaledApps or HorizontalPodAutoscalers is on its way
  std::optional<Error> unread;  ///< They cannot be read
};
/// Who else scales the target of `app` and has the better right to it: any HorizontalPodAutoscaler, and of the
/// ScaledApps the oldest, then the first by name. One in DryRun writes nothing, and so takes nothing from anybody.
[[nodiscard]] Owners betterOwner(const api::ScaledApp& app, const AppObject& object, Caches& caches);
/// The HorizontalPodAutoscaler that scales an app which has autoscaling of its own.
[[nodiscard]] Owners scalerOf(const api::ScaledApp& app, Caches& caches);

}  // namespace tidewright::control
