#pragma once

#include <cstdint>
#include <optional>

#include "operator/api/autoscaling.h"
#include "operator/api/autoscaling_status.h"
#include "operator/clock.h"
#include "operator/decide/bounds.h"
#include "operator/decide/outcome.h"
#include "operator/decide/propose.h"

namespace tidewright::decide {

struct PanicOutcome {
  Outcome outcome;
  std::optional<api::PanicState> state;  ///< set: there is a panic, and the count must not fall
};

/// Raises the count at once when the short-window query alone asks for a multiple of it, and keeps it from falling
/// until that query has been calm for the panic's window. A sample that is unknown is not calm. `replicas` is the count
/// so far; the result is within the bounds if it was. Pure: any thread. Source: spec/autoscaling.md 4.4.
[[nodiscard]] PanicOutcome panic(int32_t replicas, const api::Autoscaling& policy, const api::Sample& sample, Pods pods,
                                 const Bounds& bounds, const std::optional<api::PanicState>& before, WallTime now);

}  // namespace tidewright::decide
