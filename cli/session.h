#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "operator/clock.h"
#include "operator/kube/client.h"

namespace tidewright::cli {

/// Characters, both > 0.
struct TerminalSize {
  int columns = 80;
  int rows = 24;
};

/// What every command works with: where the apps are, the time, and where its text goes. Borrows; one thread.
struct Session {
  const kube::Client& client;
  const Clock& clock;
  std::string ns;
  std::string server;  ///< For messages
  kube::Sleep sleep = kube::sleepFor;
  std::function<void(std::string_view text)> print;
  /// None: standard output is a file or a pipe, and text may be as wide as it needs to be.
  std::function<std::optional<TerminalSize>()> terminal = [] { return std::nullopt; };
  std::stop_token stop;

  /// For renderers: 0 is without a limit.
  [[nodiscard]] int width() const {
    const std::optional<TerminalSize> size = terminal();
    return size ? size->columns : 0;
  }
};

/// What a command ends with when nothing went wrong that it could not foresee. An Error is 1 too.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kTimedOut = 2;

}  // namespace tidewright::cli
