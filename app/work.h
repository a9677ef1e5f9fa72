#pragma once

#include <chrono>
#include <cstdint>

namespace tidewright::app {

/// Milliseconds of CPU time, not of wall time.
using CpuMs = std::chrono::duration<double, std::milli>;

/// A chain of hash rounds: each needs the one before, so that neither the compiler nor the CPU can shorten it.
/// Costs `rounds` times a constant. Returns the last hash, which the caller must use.
[[nodiscard]] std::uint64_t hashRounds(std::uint64_t seed, std::uint64_t rounds);

/// How many rounds one millisecond of this thread's CPU time holds.
///
/// Measured against CLOCK_THREAD_CPUTIME_ID, so a CPU quota or a busy machine that makes us wait does not count. The
/// fastest of several short runs wins: whatever disturbs a run only makes it slower. Takes some 20 ms of CPU time.
/// Always above 0.
[[nodiscard]] double calibrateRoundsPerMs();

}  // namespace tidewright::app
