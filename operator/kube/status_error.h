#pragma once

#include <chrono>
#include <optional>

#include "operator/http/transport.h"
#include "operator/result.h"

namespace tidewright::kube {

/// What an answer other than 2xx means: the code by status and reason, the text by the server's own message, with its
/// reason behind: "replicasets.apps \"web-1\" already exists (AlreadyExists)". Pure.
[[nodiscard]] Error errorOf(const http::Response& answer);

/// How long the server asks to wait before the same request is sent again; none if it does not ask. Only 429 and 5xx
/// count, and only whole seconds (the other form of the header, a date, needs the server's clock).
[[nodiscard]] std::optional<std::chrono::seconds> retryAfter(const http::Response& answer);

}  // namespace tidewright::kube
