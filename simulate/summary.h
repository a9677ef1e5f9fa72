#pragma once

#include <chrono>
#include <cstdint>

#include "simulate/run.h"

namespace tidewright::simulate {

/// What a run cost and what it was worth. Each tick stands for the poll that follows it.
struct Summary {
  std::chrono::seconds time{0};
  double podHours = 0;                    ///< Of what was asked for, so also of pods that were still starting
  std::chrono::seconds underCapacity{0};  ///< The load needed more than the ready pods
  std::chrono::seconds unknown{0};        ///< Nothing was known of the load
  int64_t changes = 0;
  int32_t fewest = 0, most = 0;
  bool operator==(const Summary&) const = default;
};

[[nodiscard]] Summary summarise(const Run& run);

}  // namespace tidewright::simulate
