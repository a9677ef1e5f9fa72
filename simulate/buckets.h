#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "simulate/run.h"

namespace tidewright::simulate {

/// Neighbouring ticks as one column of a picture.
struct Bucket {
  WallTime from;
  std::optional<double> needed;  ///< The most of them; none: unknown all the while
  int32_t fewest = 0, most = 0;  ///< Asked for
  bool underCapacity = false;    ///< At one of them at least
};

/// At most `count` (at least 1) buckets of as many ticks each, but for the last. No more than there are ticks.
[[nodiscard]] std::vector<Bucket> bucketsOf(const Run& run, std::size_t count);

}  // namespace tidewright::simulate
