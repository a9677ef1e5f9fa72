#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/api/scaled_app.h"
#include "operator/api/scaled_app_status.h"
#include "operator/control/queries.h"
#include "operator/control/scaling.h"
#include "operator/control/snapshot.h"
#include "operator/decide/children.h"
#include "operator/decide/rollout.h"

namespace tidewright::control {

/// What was decided for the app or for one shard of it.
struct PlannedWorkload {
  const api::Shard* shard = nullptr;  ///< None: the app itself
  Scaled scaled;
  decide::RolloutDecision rollout;
};

/// All that one reconcile is going to do, before it does any of it.
struct Plan {
  std::vector<PlannedWorkload> workloads;
  std::vector<nlohmann::json> children;  ///< Services and budgets that must exist
  std::vector<AskedQuery> queries;       ///< To be asked from now on; their answers wake us
  std::optional<WallTime> lookAgain;
};

/// A workload's sets only; without shards all of them.
[[nodiscard]] std::vector<decide::ReplicaSetView> setsOf(const Snapshot& snapshot, const api::Shard* shard);

/// How far the rollout of a workload was when the status was stored.
[[nodiscard]] api::WorkloadStatus storedWorkload(const api::ScaledAppStatus& stored, const api::Shard* shard);

/// What the stored status says of a workload.
[[nodiscard]] ScalingInput scalingInput(const api::ScaledApp& app, const api::ScaledAppStatus& stored,
                                        const Snapshot& snapshot, const api::Shard* shard);

/// How the autoscaler of one workload reads its queries. Borrows `read`.
[[nodiscard]] ReadSample sampleReader(const ReadReading& read, const api::Placeholders& values);

/// Which template the pods are to have.
enum class Template {
  Asked,  ///< That of the spec
  Kept,   ///< That which was asked for before: the API server takes no pods of the new one
};

/// Whether every workload has pods of a template from before.
[[nodiscard]] bool hasKept(const api::ScaledApp& app, const api::ScaledAppStatus& stored, const Snapshot& snapshot);

/// What a plan is made for.
struct Asked {
  std::optional<decide::Command> command;
  Template which = Template::Asked;
  std::string configHash;  ///< See Configuration
};

/// How many, then which version, then what must exist. Template::Kept needs `hasKept`.
[[nodiscard]] Plan makePlan(const api::ScaledApp& app, const api::ScaledAppStatus& stored, const Snapshot& snapshot,
                            const Asked& asked, Scaling& scaling, const ReadReading& read, WallTime now);

}  // namespace tidewright::control
