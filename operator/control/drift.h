#pragma once

#include <nlohmann/json.hpp>

#include "operator/kube/objects.h"

namespace tidewright::control {

/// How a child in the cluster compares with `wanted`, a manifest of decide::childManifests.
enum class Likeness {
  Same,
  Outdated,  ///< We want something else than when we wrote it last
  Edited,    ///< It has our mark of `wanted`, and somebody has changed a field that we watch
};

/// Pure.
[[nodiscard]] Likeness compare(const kube::Service& service, const nlohmann::json& wanted);
[[nodiscard]] Likeness compare(const kube::PodDisruptionBudget& budget, const nlohmann::json& wanted);

/// The merge patch that makes an Edited child what is wanted again. An apply would not: entries and fields that
/// somebody else added stay his. Pure.
[[nodiscard]] nlohmann::json repairOf(const kube::Service& service, const nlohmann::json& wanted);
[[nodiscard]] nlohmann::json repairOf(const kube::PodDisruptionBudget& budget, const nlohmann::json& wanted);

}  // namespace tidewright::control
