#pragma once

#include "operator/result.h"
#include "tests/load/options.h"

namespace tidewright::load {

/// Waits until somebody accepts a connection, at most Options::waitSeconds; with 0 nothing is tried. A Service that is
/// new, or had no endpoint, has its way through the nodes up to a second or so after its pods are ready: a connection
/// begun before that may never be answered, and tells nothing about the pods. The error says what came of the last try.
[[nodiscard]] Result<void> untilAccepted(const Options& options);

}  // namespace tidewright::load
