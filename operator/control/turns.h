#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>

#include "operator/clock.h"
#include "operator/kube/object_key.h"
#include "operator/pace.h"

namespace tidewright::control {

/// Whose turn it is to make a write that nobody waits for: five looks a second may, ten at once after a rest, in the
/// order in which their apps asked. The line stands still while more than ten changes a second are told that somebody
/// does wait for: a minute at most, which it has again after ten in which it moved. Of a thousand apps that are made at
/// once the API server would have a third more to write for telling that they come and for what is needed only when
/// they change. Thread-safe.
class Turns {
 public:
  /// `clock` must outlive it.
  explicit Turns(const Clock& clock) : clock_(clock) {}

  /// None: it is the app's turn, until it leaves. Else it keeps its place, and need not ask before then; it may be told
  /// a later time then, if the line had to stand still.
  [[nodiscard]] std::optional<WallTime> waitsUntil(const kube::ObjectKey& app);
  /// Who asks after that has another place, the last. Places that were given up are not waited for by who asks next;
  /// who was told a time already is not told another one.
  void leave(const kube::ObjectKey& app);
  /// Nothing came of its look: it leaves if it had its turn, and else keeps its place. Or, after a time in which
  /// nothing could be written, all whose places passed meanwhile would write at once.
  void failed(const kube::ObjectKey& app);
  /// So many changes were made that somebody waits for.
  void changed(int count);

 private:
  static constexpr std::chrono::minutes kLongestStand{1};

  /// Wants the lock.
  void giveUp(const kube::ObjectKey& app);
  /// What has passed so far of the time in which the line moves.
  void advance(MonoTime now);
  /// Until when it stands, seen from the last `advance`; a time before that: it moves.
  [[nodiscard]] MonoTime standsUntil() const;

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<kube::ObjectKey, std::int64_t, kube::ObjectKeyHash> places_;
  std::set<std::int64_t> held_;                    ///< The values of `places_`
  std::int64_t given_ = 0;                         ///< Places, ever
  std::optional<std::chrono::nanoseconds> moved_;  ///< None: nothing has happened yet
  MonoTime at_;                                    ///< Of `moved_` and `mayStand_`
  std::chrono::nanoseconds mayStand_ = kLongestStand;
  Pace changes_{10, 10};
  MonoTime busyUntil_;
};

}  // namespace tidewright::control
