#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/api/scaled_app.h"
#include "operator/api/scaled_app_status.h"
#include "operator/decide/replica_set_view.h"
#include "operator/kube/objects.h"

namespace tidewright::cli {

/// One revision of a workload: its ReplicaSet and the pods of that.
struct RevisionView {
  decide::ReplicaSetView set;
  std::vector<std::string> images;            ///< Of the containers, in their order
  std::optional<api::RevisionSource> source;  ///< What the user wrote; none: it was not recorded
  std::vector<kube::Pod> pods;                ///< Oldest first
};

/// The app, or one shard of it.
struct WorkloadView {
  std::string shard;  ///< Empty: the app has no shards
  int32_t desired = 0;
  api::WorkloadStatus status;
  api::AutoscalingStatus autoscaling;
  std::vector<RevisionView> revisions;  ///< The one asked for last comes first
};

/// One app as the API server shows it, with what belongs to it.
struct AppView {
  /// If the spec cannot be read, only its name, namespace, uid and generation: the status then says what is wrong.
  api::ScaledApp app;
  api::ScaledAppStatus status;
  std::vector<WorkloadView> workloads;  ///< One, or one a shard

  /// The operator has answered to the spec as it is now.
  [[nodiscard]] bool isObserved() const { return status.observedGeneration >= app.generation; }
};

/// `object` is the ScaledApp; of the ReplicaSets and pods those count that are the app's. Pure: any thread.
[[nodiscard]] AppView viewOf(const nlohmann::json& object, const std::vector<nlohmann::json>& replicaSets,
                             const std::vector<nlohmann::json>& pods);

}  // namespace tidewright::cli
