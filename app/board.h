#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

namespace tidewright::app {

/// Gauges of one process. Kept apart from the counters, since they end with the process, however it ends.
struct Slot {
  std::atomic<std::int64_t> inFlight{0};    ///< requests read and not yet answered
  std::atomic<std::int64_t> queueDepth{0};  ///< of these, the ones that wait for CPU or use it
  std::atomic<std::int64_t> connections{0};
};

/// Upper bounds of the duration histogram, in seconds; one more bucket has none.
inline constexpr std::array<double, 14> kDurationBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                        0.25,  0.5,    1,     2.5,  5,     10,   30};

/// What the processes of one app share: numbers and switches. It lies in shared memory, so a scrape that reaches any
/// one child answers for all, and the counters outlive a crash. Only lock-free atomics: every member, any thread, any
/// process.
struct Board {
  static constexpr std::size_t kSlots = 160;  ///< two for each of 64 processes, and spare

  std::array<std::atomic<std::uint64_t>, 600> requests{};  ///< by status code
  std::array<std::atomic<std::uint64_t>, kDurationBounds.size() + 1> durations{};
  std::atomic<std::uint64_t> durationMicros{0};
  std::atomic<std::uint64_t> starts{0};  ///< processes started
  std::array<Slot, kSlots> slots{};

  std::atomic<bool> readinessDisabled{false};      ///< POST /readyz/disable
  std::atomic<std::uint32_t> errorsPerMillion{0};  ///< /fault/errors
  std::atomic<std::uint32_t> latencyMs{0};         ///< /fault/latency

  /// Counts one answered request.
  void count(unsigned status, std::chrono::nanoseconds took);
};

struct UnmapBoard {
  void operator()(Board* board) const;
};
using SharedBoard = std::unique_ptr<Board, UnmapBoard>;

/// A board that children made by fork() share with their parent. Null when the memory cannot be had.
[[nodiscard]] SharedBoard makeSharedBoard();

}  // namespace tidewright::app
