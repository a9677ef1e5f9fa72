#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "operator/clock.h"
#include "operator/http/transport.h"
#include "operator/prometheus/answer.h"
#include "operator/result.h"

namespace tidewright::prometheus {

/// No useful answer is larger: ten thousand series of a grouped query have about 2 MB.
inline constexpr std::size_t kMaxAnswer = std::size_t{16} * 1024 * 1024;

/// Asks `expression` of the server behind `transport`, evaluated now. Blocks until the answer, `timeout` (of the whole)
/// or `stop`. The error is a clause for a person: why there is no answer; its code as of parseAnswer. A long expression
/// goes as POST, a short one as GET, which caches in between understand. Thread-safe.
[[nodiscard]] Result<Answer> query(http::Transport& transport, const std::string& expression,
                                   std::chrono::milliseconds timeout, const Clock& clock, std::stop_token stop);

}  // namespace tidewright::prometheus
