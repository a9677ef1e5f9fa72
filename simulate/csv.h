#pragma once

#include <string>

#include "simulate/run.h"

namespace tidewright::simulate {

/// A line a tick: the time, each metric's value (nothing where it was unknown), the pods that were ready, and the count
/// decided, below a line of names. `readSamples` reads such times back. Pure.
[[nodiscard]] std::string renderCsv(const Run& run);

}  // namespace tidewright::simulate
