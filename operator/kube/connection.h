#pragma once

#include <memory>
#include <string>

#include "operator/clock.h"
#include "operator/http/transport.h"
#include "operator/kube/access.h"
#include "operator/kube/counting_transport.h"

namespace tidewright::kube {

/// The way to one API server. Each of the two keeps connections of its own, so that a crowd of calls and the watches do
/// not disturb each other; they share who we are.
struct Connection {
  std::unique_ptr<http::Transport> calls;
  std::unique_ptr<http::Transport> watches;
  std::string server;  ///< For messages: "https://10.0.0.1:6443"
  std::string defaultNamespace;
};

struct ConnectOptions {
  std::string userAgent;  ///< Shown by the server's audit log
  OnAnswer onAnswer;      ///< May be empty
};

/// Prepares, but does not yet speak: whether the server answers shows at the first call. `clock` must outlive the
/// connection.
[[nodiscard]] Result<Connection> connect(const Access& access, const ConnectOptions& options, const Clock& clock);

}  // namespace tidewright::kube
