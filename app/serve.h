#pragma once

#include <functional>
#include <optional>

#include "app/board.h"
#include "app/loop.h"
#include "app/options.h"

namespace tidewright::app {

/// One serving process: its workers, its signals, and its crash if one was asked for.
/// Returns when a graceful stop (SIGTERM, SIGINT) is over; what was still open is then cut by the end of the process.
/// `ready` is called once, when connections are being accepted.
void serve(const LoopConfig& config, unsigned workers, const std::optional<TimeRange>& crashAfter, int listenSocket,
           Board& board, Slot& slot, const std::function<void()>& ready);

}  // namespace tidewright::app
