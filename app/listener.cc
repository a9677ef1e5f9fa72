#include "app/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tidewright::app {

Result<Listener> openListener(const std::string& host, std::uint16_t port) {
  const auto because = [&](const char* step) {
    return fail(ErrorCode::Unavailable, "{} {}:{}: {}", step, host, port, std::strerror(errno));
  };
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return fail(ErrorCode::Invalid, "\"{}\" is not an IPv4 address", host);
  }
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return because("socket for");
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(socket, any, size) != 0 || listen(socket, SOMAXCONN) != 0 || getsockname(socket, any, &size) != 0) {
    const auto error = because("listen on");
    close(socket);
    return error;
  }
  return Listener{socket, ntohs(address.sin_port)};
}

}  // namespace tidewright::app
