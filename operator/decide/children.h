#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/api/scaled_app.h"
#include "operator/decide/rollout.h"

namespace tidewright::decide {

/// What became of the rollout of one workload, as far as its children depend on it.
struct WorkloadPlan {
  const api::Shard* shard = nullptr;  ///< none: the app itself
  RolloutDecision rollout;
};

/// "NAME-HASH" or "NAME-SHARD-HASH".
[[nodiscard]] std::string replicaSetName(const api::ScaledApp& app, const api::Shard* shard, std::string_view hash);
/// The whole ReplicaSet to POST.
[[nodiscard]] nlohmann::json replicaSetManifest(const api::ScaledApp& app, const api::Shard* shard,
                                                const CreateReplicaSet& create);
/// The change as an application/merge-patch+json body; annotations to be removed are null.
[[nodiscard]] nlohmann::json mergePatch(const UpdateReplicaSet& update);

/// Services and PodDisruptionBudgets that must exist, in the order to write them in. Each carries a hash of its content
/// as annotation `tidewright.dev/applied`: a child that has the same needs no write; one that is ours and not here is
/// to be deleted. `workloads` has one entry, or one a shard. Pure: any thread. Source: spec/api.md, "Children and
/// labels".
[[nodiscard]] std::vector<nlohmann::json> childManifests(const api::ScaledApp& app,
                                                         const std::vector<WorkloadPlan>& workloads);

}  // namespace tidewright::decide
