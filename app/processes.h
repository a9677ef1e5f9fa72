#pragma once

#include <chrono>
#include <functional>

#include "app/board.h"

namespace tidewright::app {

struct ProcessesConfig {
  int processes = 1;
  bool exitAtOnce = false;             ///< a stop kills the children instead of asking them to drain
  std::chrono::seconds stopLimit{30};  ///< children that are still there so long after a stop began are killed
};

/// Serves in one child; `ready` is to be called once it accepts connections. Runs in the child and ends it on return.
using ServeChild = std::function<void(Slot& slot, const std::function<void()>& ready)>;

/// Keeps children alive until SIGTERM or SIGINT, and renews them one by one at SIGUSR2; gives the exit code.
/// The calling process must have one thread only. Children end with SIGTERM when this process dies.
[[nodiscard]] int superviseProcesses(const ProcessesConfig& config, Board& board, const ServeChild& serveChild);

}  // namespace tidewright::app
