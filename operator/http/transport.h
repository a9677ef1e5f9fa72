#pragma once

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operator/result.h"

namespace tidewright::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  /// Path and query below the transport's base address, already percent-encoded: "/api/v1/nodes?limit=500".
  std::string target = "/";
  Headers headers;
  std::string body;
  /// Idle time: how long the connection may stay silent before the request fails with Timeout.
  std::chrono::milliseconds timeout{30'000};
  /// How long the whole may take, however busy the server is meanwhile: Timeout after that. None: as long as it does.
  std::optional<std::chrono::milliseconds> total;
  /// An answer with more bytes of body than this is Invalid; what has reached a sink by then stays there.
  std::size_t largestBody = std::numeric_limits<std::size_t>::max();
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;

  /// The first header of that name, without regard to case; empty if there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// Takes a body as it arrives, in pieces of any size. Called from one thread at a time, which it holds up for as
/// long as it takes: that is the back-pressure. An error ends the stream and is what `stream` returns.
struct ByteSink {
  virtual ~ByteSink() = default;
  [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;
};

/// The seam to HTTP. One transport speaks to one server; thread-safe; connections are kept and reused.
/// An answer of any status is a Response; errors are Unavailable, Timeout, Cancelled and Invalid (a bad certificate,
/// an address that does not parse), with a text that names the server. Never throws, never follows a redirect.
struct Transport {
  virtual ~Transport() = default;

  /// The whole answer at once.
  [[nodiscard]] virtual Result<Response> send(const Request& request, std::stop_token stop) = 0;

  /// The answer's body into `sink` while it arrives, until the server ends it. With a status other than 2xx nothing
  /// reaches the sink and the whole answer comes back, as from `send`; otherwise the body of the result is empty.
  [[nodiscard]] virtual Result<Response> stream(const Request& request, ByteSink& sink, std::stop_token stop) = 0;
};

}  // namespace tidewright::http
