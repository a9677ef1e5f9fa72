#pragma once

#include <memory>
#include <optional>

#include "operator/http/tls.h"
#include "operator/http/transport.h"
#include "operator/http/url.h"

namespace tidewright::http {

struct TransportOptions {
  Url server;
  Tls tls;
  std::optional<Url> proxy;
};

/// Sizes the HTTP library's thread pool: two threads are fastest by far (spec/runtime.md). Call it first in main;
/// without it the first transport does it. Threads: any, any number of times.
void initialiseThreadPool();

/// The Transport that there is. Connections are kept and reused; TLS 1.2 and later. Bodies are handed to a sink in
/// the thread that called `stream`, never in the library's, so that a slow sink holds up nobody else.
/// Invalid if the library does not take the addresses; it cannot do IPv6 addresses, only names that lead to them.
/// Destroy it before main returns: the library's threads do not survive static destruction.
[[nodiscard]] Result<std::unique_ptr<Transport>> makeTransport(TransportOptions options);

}  // namespace tidewright::http
