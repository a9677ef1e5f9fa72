#pragma once

#include <cstdint>
#include <string>

#include "operator/api/scaled_app_status.h"

namespace tidewright::cli {

/// How what was asked for stands, for somebody who waits for it.
struct Outcome {
  enum class State {
    Waiting,
    Done,   ///< Healthy or Suspended, for the spec as it is now
    Failed  ///< Degraded, RolledBack or Invalid
  };
  State state = State::Waiting;
  std::string text;  ///< "Progressing: revision x: 1 of 3 pods are available"
};
/// `generation` is the spec's: an older status says nothing of it. Pure: any thread.
[[nodiscard]] Outcome outcomeOf(int64_t generation, const api::ScaledAppStatus& status);

}  // namespace tidewright::cli
