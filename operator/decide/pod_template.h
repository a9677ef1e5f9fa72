#pragma once

#include <nlohmann/json.hpp>

#include "operator/api/scaled_app.h"

namespace tidewright::decide {

/// The pod template as the ReplicaSet of `revision` gets it: the user's, our labels, the shard's environment, and what
/// keeps requests from failing (a pause before SIGTERM with the grace period raised by it; soft spread over nodes and
/// zones). A preStop, an affinity, a spread or a variable of the user's own is left alone. `shard` may be null.
/// Pure: any thread. Source: spec/rollout.md, "Zero failed requests".
[[nodiscard]] nlohmann::json podTemplateFor(const api::ScaledApp& app, const api::Shard* shard,
                                            const std::string& revision);

/// Some container of the template has a readiness probe.
[[nodiscard]] bool hasReadinessProbe(const nlohmann::json& podTemplate);

}  // namespace tidewright::decide
