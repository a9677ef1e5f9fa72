#pragma once

#include <cstdint>

#include "operator/decide/canary_weight.h"
#include "operator/decide/rolling_update.h"

namespace tidewright::decide {

/// One step of a canary towards `target`: the sides grow within desired + surge and shrink as far as availability
/// stays at desired - unavailable. `olderReplicas` is what revisions other than these two still hold; they drain
/// first. `available` may exceed `replicas` while pods are being removed. Pure: any thread.
/// Source: spec/rollout.md, the tick of "Canary by replica ratio".
[[nodiscard]] CanaryCounts canaryTick(ReplicaSetSize canary, ReplicaSetSize stable, int64_t olderReplicas,
                                      CanaryCounts target, int32_t desired, Limits limits);

}  // namespace tidewright::decide
