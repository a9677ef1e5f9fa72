#pragma once

#include <atomic>
#include <chrono>

#include "operator/clock.h"

namespace tidewright {

/// Stands still until a test moves it; both kinds of time move together. Thread-safe.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall() const override {
    return WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + sinceStart();
  }
  [[nodiscard]] MonoTime mono() const override { return MonoTime(std::chrono::hours(1)) + sinceStart(); }
  void advance(std::chrono::nanoseconds by) { passed_ += by.count(); }

 private:
  [[nodiscard]] std::chrono::nanoseconds sinceStart() const { return std::chrono::nanoseconds(passed_.load()); }
  std::atomic<std::int64_t> passed_ = 0;
};

}  // namespace tidewright
