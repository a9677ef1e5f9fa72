#pragma once

#include <chrono>

#include "operator/api/autoscaling.h"
#include "operator/api/autoscaling_status.h"
#include "operator/clock.h"

namespace tidewright::decide {

/// Why status.autoscaling must be written now; None: it must not.
enum class WriteReason {
  None,
  CountChanged,
  /// After a crash, what is stored would move the count earlier or farther than what is in memory: at once.
  StoredIsLessCautious,
  /// It would move it later: at most once a minute, and at a clean shutdown.
  StoredIsMoreCautious,
  ValuesAged,  ///< metric values and the trace differ, and have been stored for 300 s
};

enum class Occasion { Tick, Shutdown };

/// Compares what is stored with what is in memory, at the last tick or any time after it. What is stored counts as a
/// restart would read it. Equal or equivalent: None, so that constant metrics write nothing at all. The time of the
/// last write is the stored lastDecision's. Pure: any thread. Source: spec/autoscaling.md 4, "What is remembered".
[[nodiscard]] WriteReason mustWrite(const api::AutoscalingStatus& stored, const api::AutoscalingStatus& memory,
                                    const api::Autoscaling& policy, Occasion occasion, WallTime now);

}  // namespace tidewright::decide
