#pragma once

#include <cstdint>
#include <string>

#include "operator/result.h"

namespace tidewright::app {

struct Listener {
  int socket = -1;         ///< listening; stays open as long as the process
  std::uint16_t port = 0;  ///< the one in use, also when 0 was asked for
};

/// Binds and listens on an IPv4 address. The error names address and port.
[[nodiscard]] Result<Listener> openListener(const std::string& host, std::uint16_t port);

}  // namespace tidewright::app
