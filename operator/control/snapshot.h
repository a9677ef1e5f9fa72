#pragma once

#include <memory>
#include <string>
#include <vector>

#include "operator/api/scaled_app.h"
#include "operator/api/scaled_app_status.h"
#include "operator/control/caches.h"
#include "operator/control/gateway_route.h"
#include "operator/decide/replica_set_view.h"

namespace tidewright::control {

/// One ReplicaSet with what a write to it needs.
struct SeenReplicaSet {
  decide::ReplicaSetView view;
  std::string resourceVersion;
  std::string uid;
  std::string shard;
};

/// All that one reconcile knows: read once from the caches, then nothing more is read.
struct Snapshot {
  std::shared_ptr<const AppObject> object;
  std::vector<SeenReplicaSet> replicaSets;                                       ///< Ours that are not being deleted
  std::vector<std::shared_ptr<const kube::Service>> services;                    ///< Ours
  std::vector<std::shared_ptr<const kube::PodDisruptionBudget>> budgets;         ///< Ours
  std::vector<std::shared_ptr<const kube::PodDisruptionBudget>> foreignBudgets;  ///< Others' in the namespace
  SeenRoute route;
  int32_t readyPods = 0;

  [[nodiscard]] const kube::Service* service(std::string_view name) const;
  [[nodiscard]] const kube::PodDisruptionBudget* budget(std::string_view name) const;
  [[nodiscard]] const SeenReplicaSet* replicaSet(std::string_view name) const;
};

/// `servingService` names the Service that counts for a ReplicaSet of that shard and revision; empty: none does, and
/// what the ReplicaSet says is available is available.
using ServingService = std::function<std::string(const std::string& shard, const std::string& revision)>;

[[nodiscard]] Snapshot takeSnapshot(const Caches& caches, std::shared_ptr<const AppObject> object,
                                    const ServingService& servingService);

}  // namespace tidewright::control
