#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "operator/decide/canary_weight.h"
#include "operator/decide/replica_set_view.h"
#include "operator/decide/rolling_update.h"

namespace tidewright::decide {

/// The ReplicaSets of a workload, oldest first, and which of them matter.
struct Revisions {
  std::vector<ReplicaSetView> sets;
  std::optional<size_t> goal;    ///< where the pods are to end up
  std::optional<size_t> stable;  ///< the last that had become the whole app
};

/// Sizes for `Revisions::sets`, in their order, and for the goal if it has no ReplicaSet yet.
struct Sizes {
  std::vector<int32_t> replicas;
  int32_t created = 0;
};

/// The desired count changed since a ReplicaSet with pods was last sized.
[[nodiscard]] bool needsScaling(const Revisions& revisions, int32_t desired);

/// One step of each strategy, before `withinLimits`.
[[nodiscard]] Sizes scaledSizes(const Revisions& revisions, int32_t desired, Limits limits);
[[nodiscard]] Sizes rollingSizes(const Revisions& revisions, int32_t desired, Limits limits);
[[nodiscard]] Sizes recreateSizes(const Revisions& revisions, int32_t desired);
[[nodiscard]] Sizes canarySizes(const Revisions& revisions, CanaryCounts target, int32_t desired, Limits limits);
/// Both sides whole; the stable side goes once `oldMayGo`.
[[nodiscard]] Sizes blueGreenSizes(const Revisions& revisions, int32_t desired, bool oldMayGo);

/// The proposal, held back where a removal would cost availability below desired - unavailable (the oldest give up
/// theirs first) or a growth would bring the sum above `cap`.
[[nodiscard]] Sizes withinLimits(Sizes proposal, const Revisions& revisions, int32_t floor, int64_t cap);

}  // namespace tidewright::decide
