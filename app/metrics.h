#pragma once

#include <optional>
#include <string>

#include "app/board.h"

namespace tidewright::app {

/// The Prometheus text of the board, summed over all processes of this app.
/// `capacity`: requests a second that `GET /` can reach; nothing when it is not known, for instance without work.
[[nodiscard]] std::string renderMetrics(const Board& board, std::optional<double> capacity);

}  // namespace tidewright::app
