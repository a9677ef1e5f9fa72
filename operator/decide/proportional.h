#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tidewright::decide {

/// The desired count, and the most pods allowed with it, at the time a ReplicaSet was last sized.
struct SizedFor {
  int32_t desired = 0;
  int32_t max = 0;  ///< desired + surge

  bool operator==(const SizedFor&) const = default;
};

struct ProportionalReplicaSet {
  int32_t replicas = 0;
  int32_t available = 0;
  std::optional<SizedFor> sizedFor;  ///< empty: nobody recorded it, so what runs is taken for the record
  bool isNew = false;                ///< of the revision that is being rolled out
};

/// The sizes after the desired count changed in the middle of a rollout: every revision keeps its share.
/// `sets` is oldest first, and so is the answer. Counts are pods, >= 0. Every input has an answer.
/// Pure: any thread. Source: spec/rollout.md, "Scaling during a rollout".
[[nodiscard]] std::vector<int32_t> scaleProportionally(std::span<const ProportionalReplicaSet> sets, int32_t desired,
                                                       int32_t surge);

}  // namespace tidewright::decide
