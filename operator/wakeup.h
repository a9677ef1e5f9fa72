#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>

#include "operator/clock.h"

namespace tidewright {

/// A condition variable that also wakes for a stop token. Unlike std::condition_variable_any it has no mutex of its
/// own, which each notification would make the woken thread wait for: on the way from a watch event to a write that is
/// most of what a change of threads costs. Notify after unlocking, for the same reason. Thread-safe.
class Wakeup {
 public:
  void notifyOne() { changed_.notify_one(); }
  void notifyAll() { changed_.notify_all(); }

  /// Until `ready`, a stop or `deadline` (none: for ever); what `ready` says at the end. `lock` is held before and
  /// after; it is given up before the wait and after it too, so that others may have undone what woke this one.
  template <class Ready>
  bool wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop, std::optional<MonoTime> deadline,
            Ready ready) {
    if (ready()) return true;
    // A stop that has been asked for calls back at once, and one that comes waits for who is about to sleep: neither
    // with the lock held here.
    lock.unlock();
    {
      const std::stop_callback wake(stop, [this, mutex = lock.mutex()] {
        { const std::lock_guard asleep(*mutex); }
        changed_.notify_all();
      });
      lock.lock();
      const auto over = [&] { return stop.stop_requested() || ready(); };
      if (deadline) {
        changed_.wait_until(lock, *deadline, over);
      } else {
        changed_.wait(lock, over);
      }
      lock.unlock();
    }
    lock.lock();
    return ready();
  }

 private:
  std::condition_variable changed_;
};

}  // namespace tidewright
