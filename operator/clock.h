#pragma once

#include <chrono>

namespace tidewright {

/// Goes into objects and survives a restart; may jump when somebody sets the machine's clock.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;
/// Measures; never goes back, means nothing outside this process. Does not convert to WallTime.
using MonoTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// The seam to time. Thread-safe.
struct Clock {
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall() const = 0;
  [[nodiscard]] virtual MonoTime mono() const = 0;
};

struct SystemClock final : Clock {
  [[nodiscard]] WallTime wall() const override {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] MonoTime mono() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace tidewright
