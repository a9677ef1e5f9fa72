#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "operator/clock.h"
#include "operator/kube/object_key.h"

namespace tidewright::kube {

/// High: somebody changed something. Low: the initial list, a resync, a look at the metrics.
enum class Priority : std::uint8_t { High, Low };

/// Why a key is looked at. Tick: only time has passed, or a number came that is read anew anyway; all that was known of
/// the object is still so. Change: anything else.
enum class Cause : std::uint8_t { Tick, Change };

/// What a queue of work knows, without locks, threads or a clock of its own. A key is in it at most once and is worked
/// on at most once at a time: what is asked for meanwhile happens after `done`. Asked for several times, the earliest
/// time and the highest priority win, and a Change among the causes. Of what is due, High goes first, in the order in
/// which it became due, except that every eighth key taken is a Low one if there is one: people never wait for a
/// resync, and a resync never starves.
class QueueState {
 public:
  /// True if the key was not waiting already.
  bool add(const ObjectKey& key, Priority priority, MonoTime due, Cause cause = Cause::Change);

  struct Taken {
    ObjectKey key;
    Priority priority = Priority::Low;
    MonoTime due;  ///< Since when it could have been taken
    Cause cause = Cause::Change;
  };
  /// What to work on now; end it with `done`. nullopt: nothing is due.
  [[nodiscard]] std::optional<Taken> take(MonoTime now);
  void done(const ObjectKey& key);

  /// When to look again if nobody adds anything: may be in the past. nullopt: nothing waits.
  [[nodiscard]] std::optional<MonoTime> nextDue() const;

  /// One more failure of the key: how long it should wait. 5 ms, 10 ms, ... 1000 s.
  [[nodiscard]] std::chrono::nanoseconds failed(const ObjectKey& key);
  /// The key's failures are over.
  void succeeded(const ObjectKey& key) { failures_.erase(key); }

  /// Waiting keys that are due at `now` and nobody works on.
  [[nodiscard]] std::size_t depth(MonoTime now) const;
  /// All that wait, due or not.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t working() const { return working_.size(); }

 private:
  struct Wanted {
    Priority priority = Priority::Low;
    Cause cause = Cause::Change;
    MonoTime due;
    std::uint64_t turn = 0;  ///< Keys due at the same time keep the order in which they came
  };
  using Turn = std::pair<MonoTime, std::uint64_t>;

  std::map<Turn, ObjectKey>& lane(Priority priority) { return lanes_[static_cast<std::size_t>(priority)]; }
  void enqueue(const ObjectKey& key, const Wanted& wanted);

  std::unordered_map<ObjectKey, Wanted, ObjectKeyHash> waiting_;
  /// The waiting keys by the time they are due, one lane for each priority.
  std::array<std::map<Turn, ObjectKey>, 2> lanes_;
  std::unordered_map<ObjectKey, std::optional<Wanted>, ObjectKeyHash> working_;  ///< and what was asked for meanwhile
  std::unordered_map<ObjectKey, int, ObjectKeyHash> failures_;
  std::uint64_t turns_ = 0;
  int highsInARow_ = 0;
};

}  // namespace tidewright::kube
