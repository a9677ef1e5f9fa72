#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>
#include <unordered_map>

#include "operator/clock.h"
#include "operator/kube/queue_state.h"
#include "operator/wakeup.h"

namespace tidewright::kube {

/// What happens in a queue, for the metrics that client-go names workqueue_*. Called without a lock, from any thread.
struct QueueObserver {
  virtual ~QueueObserver() = default;
  virtual void added() {}                                     ///< workqueue_adds_total
  virtual void retried() {}                                   ///< workqueue_retries_total
  virtual void taken(std::chrono::nanoseconds /*waited*/) {}  ///< workqueue_queue_duration_seconds
  virtual void done(std::chrono::nanoseconds /*worked*/) {}   ///< workqueue_work_duration_seconds
};

/// The queue where threads meet: anybody adds keys, workers take them. See QueueState for who comes first.
/// Thread-safe. `clock` and `observer` must outlive it.
class Queue {
 public:
  explicit Queue(const Clock& clock, QueueObserver* observer = nullptr) : clock_(clock), observer_(observer) {}

  /// As soon as a worker is free.
  void add(const ObjectKey& key, Priority priority = Priority::High, Cause cause = Cause::Change) {
    addAfter(key, {}, priority, cause);
  }
  /// In `wait` at the earliest; it does not delay what is already due sooner.
  void addAfter(const ObjectKey& key, std::chrono::nanoseconds wait, Priority priority = Priority::Low,
                Cause cause = Cause::Change);
  /// It failed: later, and later still the next time. Keeps the priority it was taken with.
  void retry(const QueueState::Taken& failed);
  /// The failures of the key are forgotten.
  void forget(const ObjectKey& key);

  /// Blocks until something is due; nullopt once stopped. Every key taken is given back with `done`.
  [[nodiscard]] std::optional<QueueState::Taken> take(std::stop_token stop);
  /// The same without waiting.
  [[nodiscard]] std::optional<QueueState::Taken> tryTake();
  void done(const ObjectKey& key);

  /// workqueue_depth: due and not yet taken.
  [[nodiscard]] std::size_t depth() const;
  [[nodiscard]] std::size_t waiting() const;
  /// workqueue_unfinished_work_seconds and workqueue_longest_running_processor_seconds.
  struct Unfinished {
    std::chrono::nanoseconds sum{}, longest{};
  };
  [[nodiscard]] Unfinished unfinished() const;

 private:
  void noteTaken(const QueueState::Taken& taken, MonoTime now);

  const Clock& clock_;
  QueueObserver* const observer_;
  mutable std::mutex mutex_;
  Wakeup changed_;
  QueueState state_;
  std::unordered_map<ObjectKey, MonoTime, ObjectKeyHash> takenAt_;
};

}  // namespace tidewright::kube
