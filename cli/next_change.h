#pragma once

#include <cstdint>
#include <optional>

#include "operator/api/autoscaling.h"
#include "operator/api/autoscaling_status.h"
#include "operator/clock.h"

namespace tidewright::cli {

/// A change of the count that is to come.
struct NextChange {
  WallTime at;  ///< At the tick of `pollSeconds`; a few seconds later where the operator polls at other moments
  int32_t from = 0, to = 0;
};

/// When the count changes next if every metric stays what it was at the last decision, found by letting the operator's
/// own rules decide tick after tick. None: not within `horizon` after `now`, or the mode carries nothing out. What is
/// remembered is read from the status as after a restart, so the answer is never too early.
/// Pure: any thread.
[[nodiscard]] std::optional<NextChange> nextChange(const api::Autoscaling& policy, const api::AutoscalingStatus& status,
                                                   WallTime now, std::chrono::seconds horizon);

}  // namespace tidewright::cli
