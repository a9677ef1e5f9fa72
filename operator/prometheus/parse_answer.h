#pragma once

#include <cstddef>

#include "operator/clock.h"
#include "operator/http/transport.h"
#include "operator/prometheus/answer.h"
#include "operator/result.h"

namespace tidewright::prometheus {

/// A useful answer has fewer: a server that a tenant names must not fill the operator's memory.
inline constexpr std::size_t kMostSeries = 50'000;
inline constexpr std::size_t kMostLabels = 500'000;  ///< Of all series together

/// Reads the answer to an instant query as it was received; only what matters of it is ever kept. The error says, as a
/// clause for a person, why there is no answer. Its code says whose fault it is: Unavailable, Timeout and TooMany are
/// the server's; Unauthorized and Forbidden our credentials'; NotFound says that something else than a Prometheus is at
/// that address, a page for people to log in for instance; Invalid is the query's. Pure.
[[nodiscard]] Result<Answer> parseAnswer(const http::Response& response, WallTime now);

}  // namespace tidewright::prometheus
