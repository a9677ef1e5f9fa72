#include "operator/kube/queue.h"

#include <algorithm>

namespace tidewright::kube {

void Queue::addAfter(const ObjectKey& key, std::chrono::nanoseconds wait, Priority priority, Cause cause) {
  bool isNew = false;
  {
    const std::lock_guard lock(mutex_);
    isNew = state_.add(key, priority, clock_.mono() + wait, cause);
  }
  changed_.notifyOne();
  if (isNew && observer_ != nullptr) observer_->added();
}

void Queue::retry(const QueueState::Taken& failed) {
  std::chrono::nanoseconds wait{};
  {
    const std::lock_guard lock(mutex_);
    wait = state_.failed(failed.key);
  }
  if (observer_ != nullptr) observer_->retried();
  addAfter(failed.key, wait, failed.priority);
}

void Queue::forget(const ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  state_.succeeded(key);
}

std::optional<QueueState::Taken> Queue::take(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const MonoTime now = clock_.mono();
    if (auto taken = state_.take(now)) {
      takenAt_.emplace(taken->key, now);
      const bool more = state_.nextDue().has_value();
      lock.unlock();
      // One notification may have stood for several keys, and a delay may have ended for more than one worker.
      if (more) changed_.notifyOne();
      noteTaken(*taken, now);
      return taken;
    }
    const std::optional<MonoTime> next = state_.nextDue();
    const auto sooner = [&] {
      const std::optional<MonoTime> due = state_.nextDue();
      return due && (!next || *due < *next);
    };
    // By the real clock, whichever one the keys are due by.
    std::optional<MonoTime> until;
    if (next) until = std::chrono::steady_clock::now() + (*next - now);
    changed_.wait(lock, stop, until, sooner);
  }
  return std::nullopt;
}

std::optional<QueueState::Taken> Queue::tryTake() {
  const MonoTime now = clock_.mono();
  std::unique_lock lock(mutex_);
  auto taken = state_.take(now);
  if (taken) takenAt_.emplace(taken->key, now);
  lock.unlock();
  if (taken) noteTaken(*taken, now);
  return taken;
}

void Queue::noteTaken(const QueueState::Taken& taken, MonoTime now) {
  if (observer_ != nullptr) observer_->taken(now - taken.due);
}

void Queue::done(const ObjectKey& key) {
  std::chrono::nanoseconds worked{};
  {
    const std::lock_guard lock(mutex_);
    if (const auto since = takenAt_.extract(key); !since.empty()) worked = clock_.mono() - since.mapped();
    state_.done(key);
  }
  changed_.notifyOne();
  if (observer_ != nullptr) observer_->done(worked);
}

std::size_t Queue::depth() const {
  const std::lock_guard lock(mutex_);
  return state_.depth(clock_.mono());
}

std::size_t Queue::waiting() const {
  const std::lock_guard lock(mutex_);
  return state_.waiting();
}

Queue::Unfinished Queue::unfinished() const {
  Unfinished out;
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono();
  for (const auto& [key, since] : takenAt_) {
    out.sum += now - since;
    out.longest = std::max(out.longest, now - since);
  }
  return out;
}

}  // namespace tidewright::kube
