#pragma once

#include "operator/kube/resource_kind.h"

/// The kinds that kubectl-tide reads; of these it writes ScaledApps only.
namespace tidewright::cli {

inline const kube::ResourceKind kScaledApps{"tidewright.dev", "v1alpha1", "scaledapps", "ScaledApp"};
inline const kube::ResourceKind kReplicaSets{"apps", "v1", "replicasets", "ReplicaSet"};
inline const kube::ResourceKind kPods{"", "v1", "pods", "Pod"};

}  // namespace tidewright::cli
