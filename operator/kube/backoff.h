#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>
#include <utility>

#include "operator/clock.h"

namespace tidewright::kube {

/// A number in [0, 1): what jitter is made of. Tests give a constant.
using Random = std::function<double()>;

/// Seeded by the machine. Not thread-safe: one for each user.
[[nodiscard]] inline Random systemRandom() {
  return [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

/// `least`, doubled for each of the `failures` before this one, but at most `most`. `failures` >= 0.
[[nodiscard]] inline std::chrono::nanoseconds doubled(std::chrono::nanoseconds least, std::chrono::nanoseconds most,
                                                      int failures) {
  std::chrono::nanoseconds wait = least;
  // Stops before it could overflow, however many the failures.
  for (int i = 0; i < failures && wait < most; ++i) wait *= 2;
  return std::min(wait, most);
}

/// The waits of one connection that keeps failing: 0.8 s, 1.6 s, ... 30 s, each shortened at random by up to a half so
/// that a thousand clients of a restarted server do not come back together. Two minutes without a failure and it
/// starts afresh. Not thread-safe.
class Backoff {
 public:
  struct Config {
    std::chrono::nanoseconds least = std::chrono::milliseconds(800);
    std::chrono::nanoseconds most = std::chrono::seconds(30);
    std::chrono::nanoseconds healthyAfter = std::chrono::minutes(2);
  };

  explicit Backoff(Random random) : Backoff(std::move(random), Config{}) {}
  Backoff(Random random, Config config) : random_(std::move(random)), config_(config) {}

  /// It failed at `now`; wait this long before trying again.
  [[nodiscard]] std::chrono::nanoseconds next(MonoTime now) {
    if (now >= waitingUntil_ + config_.healthyAfter) failures_ = 0;
    const auto full = doubled(config_.least, config_.most, failures_++);
    const auto wait = std::chrono::nanoseconds(
        static_cast<std::int64_t>(static_cast<double>(full.count()) * (1.0 - random_() / 2.0)));
    waitingUntil_ = now + wait;
    return wait;
  }

 private:
  Random random_;
  Config config_;
  int failures_ = 0;
  MonoTime waitingUntil_;
};

}  // namespace tidewright::kube
