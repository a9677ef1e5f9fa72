#pragma once

#include <memory>
#include <string>
#include <vector>

#include "operator/api/scaled_app.h"
#include "operator/kube/objects.h"

namespace tidewright::control {

/// The first of `budgets`, which are somebody else's, that selects pods for which we keep a budget of our own; empty:
/// none does. The eviction API refuses a pod that has two. Pure.
[[nodiscard]] std::string foreignBudget(const api::ScaledApp& app,
                                        const std::vector<std::shared_ptr<const kube::PodDisruptionBudget>>& budgets);

}  // namespace tidewright::control
