#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "operator/clock.h"

namespace tidewright {

/// Lets so many a second pass, and after a rest as many at once. `now` never goes back. Not thread-safe.
class Pace {
 public:
  /// `aSecond` and `atOnce`: at least 1.
  Pace(double aSecond, double atOnce) : aSecond_(aSecond), atOnce_(atOnce), left_(atOnce) {}

  /// Whether one more may pass now; takes its place if so.
  [[nodiscard]] bool take(MonoTime now) {
    refill(now);
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  void refill(MonoTime now) {
    if (at_) left_ = std::min(atOnce_, left_ + std::chrono::duration<double>(now - *at_).count() * aSecond_);
    at_ = now;
  }

  const double aSecond_, atOnce_;
  double left_;  ///< At `at_`
  std::optional<MonoTime> at_;
};

}  // namespace tidewright
