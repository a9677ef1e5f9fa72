#pragma once

#include <functional>
#include <optional>

#include "app/board.h"
#include "app/loop.h"
#include "app/options.h"

namespace tidewright::app {

/// Holds back SIGTERM, SIGINT and SIGUSR2 until somebody listens for them, so that one that comes during the start is
/// neither lost (by process 1 of a container) nor deadly. For the first thread, before there are others.
void holdSignals();

struct ServeConfig {
  LoopConfig loop;
  unsigned workers = 1;
  std::optional<TimeRange> crashAfter;
  int listenSocket = -1;
  /// Siblings accept from the same socket, and SIGUSR2 retires this process: it accepts no more and then drains.
  bool hasParent = false;
};

/// One serving process: its workers, its signals, and its crash if one was asked for.
/// Lets held signals through. Returns when a graceful stop (SIGTERM, SIGINT) is over; what was still open is then cut
/// by the end of the process. `ready` is called once, when connections are being accepted.
void serve(const ServeConfig& config, Board& board, Slot& slot, const std::function<void()>& ready);

}  // namespace tidewright::app
