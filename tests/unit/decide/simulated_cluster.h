#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operator/decide/rollout.h"

namespace tidewright::decide {

/// Random numbers that a seed repeats on any machine.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U) {}
  /// In [low, high].
  int32_t pick(int32_t low, int32_t high) {
    return low + static_cast<int32_t>(next() % static_cast<uint64_t>(high - low + 1));
  }
  bool oneIn(int32_t n) { return pick(1, n) == 1; }

  using result_type = uint64_t;
  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return UINT64_MAX; }
  uint64_t operator()() { return next(); }

 private:
  /// SplitMix64: made for being seeded by neighbouring numbers.
  uint64_t next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  uint64_t state_;
};

/// Revision r1 .. r9: up to 5 they are healthy, 6 and 7 never become ready, 8 and 9 crash again and again.
[[nodiscard]] api::Revision simulatedRevision(int32_t version);
[[nodiscard]] bool isHealthy(int32_t version);
inline constexpr int32_t kMostVersions = 9;

/// ReplicaSets as the API server keeps them, and what their controller and the kubelet make of them: pods start late,
/// die, come back, are deleted, and take their time to go; the counts in a ReplicaSet's status may lag behind.
class SimulatedCluster {
 public:
  explicit SimulatedCluster(WallTime now) : now_(now) {}

  [[nodiscard]] WallTime now() const { return now_; }
  /// As the last status of each ReplicaSet says.
  [[nodiscard]] std::vector<ReplicaSetView> views() const;
  [[nodiscard]] int64_t replicas() const;
  /// Pods that serve and are to stay.
  [[nodiscard]] int64_t available() const;
  [[nodiscard]] int32_t available(const std::string& revision) const;

  /// What is wrong with the write itself; nothing: it is made.
  [[nodiscard]] std::optional<std::string> write(const RolloutAction& action);

  void passTime(std::chrono::seconds time, Dice& dice, int32_t minReadySeconds, bool lags);
  /// When a pod becomes ready or available, or is gone; nothing if all is quiet.
  [[nodiscard]] std::optional<WallTime> nextEvent(int32_t minReadySeconds) const;

  void killPods(Dice& dice);
  void deletePods(Dice& dice);

 private:
  struct Pod {
    WallTime readyAt;  ///< also when it is back after it died
  };
  struct Set {
    ReplicaSetView view;
    int32_t version = 0;
    std::vector<Pod> pods;
    std::vector<WallTime> terminating;  ///< when each is gone
    int32_t restarts = 0;
  };

  void follow(Set& set, Dice& dice) const;
  void report(Set& set, int32_t minReadySeconds) const;
  Set* find(const std::string& name);

  WallTime now_;
  std::vector<Set> sets_;
};

}  // namespace tidewright::decide
