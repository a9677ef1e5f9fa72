#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "operator/api/scaled_app.h"
#include "operator/clock.h"
#include "operator/control/caches.h"
#include "operator/control/refusal.h"

namespace tidewright::control {

/// What the ConfigMaps and Secrets that a template names hold just now.
struct Configuration {
  std::string hash;                ///< Empty: it names none, or their changes are ignored
  bool known = true;               ///< Not: the first list is still on its way
  std::optional<Refusal> refusal;  ///< Nobody can know until somebody changes something
};

/// Watches them from now on if the app asks for it; their changes wake it. Whatever cannot be known is never taken for
/// absent: only an optional object that is surely not there counts as missing.
[[nodiscard]] Configuration readConfiguration(const api::ScaledApp& app, Caches& caches);

/// Several edits in a row are one change: it counts once nothing has changed for 5 s, or 30 s after it began.
class Settling {
 public:
  /// Whether `hash` is to be decided on now. The first one that is shown is: what came before it is not known.
  [[nodiscard]] bool settled(const std::string& hash, WallTime now);
  /// When to ask again, while it is not.
  [[nodiscard]] WallTime until() const;

 private:
  std::optional<std::string> acted_;
  std::string seen_;
  WallTime beganAt_, changedAt_;
};

}  // namespace tidewright::control
