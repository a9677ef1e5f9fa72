#pragma once

#include "operator/kube/resource_kind.h"

/// The kinds that this operator reads and writes.
namespace tidewright::control {

inline const kube::ResourceKind kScaledApps{"tidewright.dev", "v1alpha1", "scaledapps", "ScaledApp"};
inline const kube::ResourceKind kReplicaSets{"apps", "v1", "replicasets", "ReplicaSet"};
inline const kube::ResourceKind kPods{"", "v1", "pods", "Pod"};
inline const kube::ResourceKind kSecrets{"", "v1", "secrets", "Secret"};
inline const kube::ResourceKind kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline const kube::ResourceKind kServices{"", "v1", "services", "Service"};
inline const kube::ResourceKind kNodes{"", "v1", "nodes", "Node", false};
inline const kube::ResourceKind kEndpointSlices{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"};
inline const kube::ResourceKind kPodDisruptionBudgets{"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"};
inline const kube::ResourceKind kScalers{"autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"};
inline const kube::ResourceKind kHttpRoutes{"gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute"};

}  // namespace tidewright::control
