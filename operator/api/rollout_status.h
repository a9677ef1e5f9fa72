#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/api/analysis_status.h"
#include "operator/clock.h"

namespace tidewright::api {

/// `status.rollout`: what has to be remembered about the rollout of one workload from one decision to the next.
/// All of it may be lost: the rollout then goes on from what runs, with its clock and its steps begun anew.
struct RolloutStatus {
  std::string revision;   ///< the rest speaks of the rollout to this one; another revision begins anew
  std::string stepsHash;  ///< of the canary's steps: a change of them begins anew
  int32_t stepIndex = 0;
  int32_t stepCount = 0;
  int32_t weight = 0;         ///< percent, reached
  int32_t desiredWeight = 0;  ///< percent, asked for
  bool promoteFull = false;   ///< somebody asked to skip the rest
  std::optional<WallTime> startedAt;
  std::optional<WallTime> pausedAt;
  std::optional<WallTime> progressedAt;  ///< when `availableHighWater` last rose; unset while no clock runs
  int32_t availableHighWater = 0;        ///< most pods that were ever available where the step wants them
  int32_t replicasHighWater = 0;         ///< most pods that the revision was ever given
  int32_t highWaterOf = 0;               ///< the desired count at that time
  std::string message;
  /// Of the rollout to `revision`; after a rollback what it was undone for.
  std::vector<MetricAnalysis> analysis;

  bool operator==(const RolloutStatus&) const = default;
};

[[nodiscard]] nlohmann::json toJson(const RolloutStatus& status);
/// Never fails: what cannot be read is as if it had never been stored.
[[nodiscard]] RolloutStatus parseRolloutStatus(const nlohmann::json& value);

}  // namespace tidewright::api
