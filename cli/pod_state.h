#pragma once

#include <string>

#include "operator/kube/objects.h"

namespace tidewright::cli {

/// What a pod is doing in a word, and, if it is in trouble, the cluster's own sentence about it.
struct PodState {
  std::string word;    ///< "Ready", "Starting", "Pending", "Stopping", "CrashLoopBackOff", "Unschedulable", ...
  std::string detail;  ///< Empty: nothing to add
};
/// Pure: any thread.
[[nodiscard]] PodState stateOf(const kube::Pod& pod);

}  // namespace tidewright::cli
