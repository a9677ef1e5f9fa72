#pragma once

#include <cstdint>

namespace tidewright::decide {

/// How many pods each side of a canary is to have.
struct CanaryCounts {
  int32_t canary = 0;
  int32_t stable = 0;

  bool operator==(const CanaryCounts&) const = default;
};

/// The counts whose ratio comes nearest to `weight` (0..100 percent for the canary) with `desired` to
/// `desired + surge` pods in all; the fewest pods win among equals. Pure: any thread.
/// Source: spec/rollout.md, "Canary by replica ratio".
[[nodiscard]] CanaryCounts canaryCounts(int32_t desired, int32_t weight, int32_t surge);

}  // namespace tidewright::decide
