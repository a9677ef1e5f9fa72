#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "operator/clock.h"
#include "operator/kube/backoff.h"
#include "operator/kube/client.h"
#include "operator/kube/lease.h"
#include "operator/kube/object_key.h"
#include "operator/result.h"

namespace tidewright::kube {

/// What the owner of an election hears. Called from its thread, one after the other, never under a lock.
struct LeaderCallbacks {
  std::function<void()> onLeading;
  /// Final: end the program. Nothing may be written any more; `isLeading` has said so since the deadline itself.
  std::function<void(const std::string& why)> onLost;
  std::function<void(const Error&)> onError;  ///< A request to the API server failed; it goes on
};

/// Takes part in the election over one coordination.k8s.io/v1 Lease. `transport` and `clock` must outlive it; use a
/// transport whose connections do not wait behind others.
class LeaderElection {
 public:
  LeaderElection(http::Transport& transport, const Clock& clock, ObjectKey lease, LeaseConfig config,
                 LeaderCallbacks callbacks, Random random = systemRandom());
  ~LeaderElection() { stop(); }
  LeaderElection(const LeaderElection&) = delete;
  LeaderElection& operator=(const LeaderElection&) = delete;

  void start();
  /// Ends the thread and, if leading, gives the Lease back, so that a stand-by takes over at its next look. Stop
  /// writing before.
  void stop();

  /// Ask before each write. Any thread; right even if this process was paused. The time counted is CLOCK_MONOTONIC,
  /// which stands still while a whole machine is suspended.
  [[nodiscard]] bool isLeading() const;

  /// One tick with its requests, and how long to wait until the next: what the thread does, and the way to test.
  std::chrono::nanoseconds step(std::stop_token stop);
  /// The end of `stop`: writes an empty holder if leading.
  void release();

 private:
  [[nodiscard]] LeaseState state() const;
  void enter(LeaseState next);
  [[nodiscard]] LeaseEvent perform(LeaseAction action, const std::stop_token& stop);
  [[nodiscard]] LeaseEvent read(const std::stop_token& stop);
  [[nodiscard]] LeaseEvent write(bool create, const std::string& holder, const std::stop_token& stop);
  [[nodiscard]] Json leaseObject(bool create, const std::string& holder) const;
  void report(const Error& error) const;

  const Clock& clock_;
  const ObjectKey lease_;
  const LeaseConfig config_;
  const LeaderCallbacks callbacks_;
  Client client_;
  Random random_;
  /// The Lease as it was last seen: what a change starts from. Only the stepping thread uses it.
  Json last_;
  mutable std::mutex mutex_;
  LeaseState state_;
  std::jthread thread_;
};

}  // namespace tidewright::kube
