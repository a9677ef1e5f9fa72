#pragma once

#include <memory>
#include <string>

#include "operator/clock.h"
#include "operator/http/transport.h"
#include "operator/kube/access.h"

namespace tidewright::kube {

/// The way to one API server. Each of the two keeps connections of its own, so that a crowd of calls and the watches do
/// not disturb each other; they share who we are.
struct Connection {
  std::unique_ptr<http::Transport> calls;
  std::unique_ptr<http::Transport> watches;
  std::string server;  ///< For messages: "https://10.0.0.1:6443"
  std::string defaultNamespace;
};

/// Prepares, but does not yet speak: whether the server answers shows at the first call. `userAgent` is what audit logs
/// show. `clock` must outlive the connection.
[[nodiscard]] Result<Connection> connect(const Access& access, std::string userAgent, const Clock& clock);

}  // namespace tidewright::kube
