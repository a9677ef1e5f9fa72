#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/api/autoscaling_status.h"
#include "operator/api/condition.h"
#include "operator/api/rollout_status.h"

namespace tidewright::api {

/// One word for `kubectl get`'s column.
enum class Phase { Healthy, Progressing, Paused, Degraded, RolledBack, Suspended, Invalid };
[[nodiscard]] std::string_view toString(Phase phase);

/// The pods of one workload, or the sum over all.
struct ReplicaCounts {
  int32_t replicas = 0;
  int32_t readyReplicas = 0;
  int32_t updatedReplicas = 0;
  int32_t availableReplicas = 0;

  bool operator==(const ReplicaCounts&) const = default;
};

/// The versions of one workload and the rollout between them.
struct WorkloadStatus {
  std::string stableRevision;
  std::string currentRevision;
  RolloutStatus rollout;

  bool operator==(const WorkloadStatus&) const = default;
};

struct ShardStatus {
  std::string name;
  int32_t desired = 0;
  int32_t ready = 0;
  WorkloadStatus workload;
  AutoscalingStatus autoscaling;

  bool operator==(const ShardStatus&) const = default;
};

struct LastCommand {
  std::string name;
  WallTime time;
  std::string result;

  bool operator==(const LastCommand&) const = default;
};

/// `status`: observed and decided. All of it may be lost.
struct ScaledAppStatus {
  int64_t observedGeneration = 0;
  std::vector<Condition> conditions;
  Phase phase = Phase::Progressing;
  std::string message;
  int32_t desiredReplicas = 0;
  ReplicaCounts counts;
  std::string selector;
  WorkloadStatus workload;  ///< without shards; with them each shard has its own
  AutoscalingStatus autoscaling;
  std::vector<ShardStatus> shards;
  std::optional<LastCommand> lastCommand;

  bool operator==(const ScaledAppStatus&) const = default;
};

[[nodiscard]] nlohmann::json toJson(const ScaledAppStatus& status);
/// Never fails: what is absent or cannot be read is as if it had never been stored.
[[nodiscard]] ScaledAppStatus parseScaledAppStatus(const nlohmann::json& value);

}  // namespace tidewright::api
