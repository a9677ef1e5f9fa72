#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace tidewright::decide {

/// What one step makes of the count. `why` is a clause for a person and holds the numbers that the step used, but
/// nothing that changes with time alone: an unchanged decision must read the same at the next tick.
struct Outcome {
  int32_t replicas = 0;
  std::string why;
};

/// A whole number of pods from arithmetic that may have left their range: saturates at 0 and at INT32_MAX.
[[nodiscard]] inline int32_t toCount(double value) {
  if (!(value > 0)) return 0;
  constexpr double kMost = std::numeric_limits<int32_t>::max();
  return value >= kMost ? std::numeric_limits<int32_t>::max() : static_cast<int32_t>(value);
}

}  // namespace tidewright::decide
