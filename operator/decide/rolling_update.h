#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "operator/api/int_or_percent.h"

namespace tidewright::decide {

/// By how much a rollout may leave the desired count, in pods.
struct Limits {
  int32_t surge = 0;        ///< the sum of sizes stays within desired + surge
  int32_t unavailable = 0;  ///< the available pods stay at least desired - unavailable; <= desired
};

/// Percentages of `desired`: the surge rounded up, the unavailable down. Both 0 would never move, so then one pod may
/// be unavailable. Source: spec/rollout.md, "Resolving percentages".
[[nodiscard]] Limits resolveLimits(api::IntOrPercent maxSurge, api::IntOrPercent maxUnavailable, int32_t desired);

/// One ReplicaSet as a tick sees it.
struct ReplicaSetSize {
  int32_t replicas = 0;   ///< asked for: its `spec.replicas`
  int32_t available = 0;  ///< may exceed `replicas` while its pods are being removed; the excess counts as gone
};

struct RollingTick {
  enum class Changed { None, New, Old };
  Changed changed = Changed::None;
  int32_t newReplicas = 0;
  std::vector<int32_t> oldReplicas;  ///< in the order they were given in
};

/// One step of a rolling update: either the new ReplicaSet is resized, or old ones give up pods, never both.
/// `old` is oldest first. No step takes availability below desired - unavailable or the sum above desired + surge.
/// Pure: any thread. Source: spec/rollout.md, "Rolling, one tick".
[[nodiscard]] RollingTick rollingTick(std::span<const ReplicaSetSize> old, ReplicaSetSize updated, int32_t desired,
                                      Limits limits);

/// How large a new ReplicaSet may be beside others that hold `others` pods together.
[[nodiscard]] int32_t newReplicas(int32_t current, int64_t others, int32_t desired, Limits limits);

}  // namespace tidewright::decide
