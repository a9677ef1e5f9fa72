#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "operator/api/scaled_app.h"
#include "operator/api/scaled_app_status.h"
#include "operator/decide/rollout.h"

namespace tidewright::decide {

/// How the app is doing, for a person.
struct Health {
  api::Phase phase = api::Phase::Progressing;
  std::string message;
  std::vector<ConditionValue> conditions;  ///< Ready, Progressing, Available, ZeroDowntime
};

/// One workload's part: its decision and the pods it is to have.
struct WorkloadHealth {
  std::string shard;  ///< empty without shards
  int32_t desired = 0;
  const RolloutDecision* rollout = nullptr;
};

/// The worst of the workloads speaks for the app. Pure: any thread.
[[nodiscard]] Health healthOf(const api::ScaledApp& app, const std::vector<WorkloadHealth>& workloads);
/// The app's spec cannot be acted on; what runs is left as it is.
[[nodiscard]] Health invalidHealth(const std::string& reason, const std::string& message);

}  // namespace tidewright::decide
