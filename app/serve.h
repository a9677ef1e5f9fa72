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

/// One serving process: its workers, its signals, and its crash if one was asked for.
/// Lets held signals through. Returns when a graceful stop (SIGTERM, SIGINT) is over; what was still open is then cut by the end of the process.
/// `ready` is called once, when connections are being accepted.
void serve(const LoopConfig& config, unsigned workers, const std::optional<TimeRange>& crashAfter, int listenSocket,
           Board& board, Slot& slot, const std::function<void()>& ready);

}  // namespace tidewright::app
