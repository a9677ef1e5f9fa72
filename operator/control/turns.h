#pragma once

#include <mutex>
#include <optional>
#include <unordered_map>

#include "operator/clock.h"
#include "operator/kube/object_key.h"
#include "operator/pace.h"

namespace tidewright::control {

/// When a write may be made that nobody waits for: five a second, ten at once after a rest, in the order of asking, and
/// none while there are more than twenty other writes a second. Of a thousand apps that are made at once the API server
/// would have a third more to write for telling that they come and for what is needed only when they change.
/// Thread-safe.
class Turns {
 public:
  /// `clock` must outlive it.
  explicit Turns(const Clock& clock) : clock_(clock) {}

  /// None: now, and this turn is over. Who has to wait keeps his place, and asks again by then.
  [[nodiscard]] std::optional<WallTime> waitsUntil(const kube::ObjectKey& app);
  void forget(const kube::ObjectKey& app);
  /// So many other writes were made.
  void wrote(int count);

 private:
  struct Turn {
    MonoTime at;
    MonoTime asked;  ///< For the first time
  };

  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<kube::ObjectKey, Turn, kube::ObjectKeyHash> waiting_;
  Pace pace_{5, 10}, others_{20, 20};
  MonoTime busyUntil_;
};

}  // namespace tidewright::control
