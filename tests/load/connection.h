#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "tests/load/tally.h"

namespace tidewright::load {

/// One TCP connection that carries one request at a time. Never tries anything twice.
class Connection {
 public:
  Connection(const boost::asio::any_io_executor& executor, boost::asio::ip::tcp::endpoint peer)
      : stream_(executor), peer_(std::move(peer)) {}

  [[nodiscard]] bool isOpen() const { return open_; }
  /// Whether an open connection was closed by the other side meanwhile: what any HTTP client looks at before it
  /// writes. Input that nobody asked for counts as closed.
  [[nodiscard]] bool closedByPeer();
  /// Connects if it is not open, writes `request` and reads the answer, all by `deadline`. Afterwards isOpen() says
  /// whether it can carry another. A failure says how far it came, and `instance` who answered last on this connection.
  [[nodiscard]] boost::asio::awaitable<Exchange> exchange(const std::string& request,
                                                          std::chrono::steady_clock::time_point deadline);
  void close();
  /// Closes it after the server did, if that said so in its answer; not much later, though. Who closes first keeps the
  /// port for a minute (TIME_WAIT), and with the 28 000 there are to one address connecting becomes slow, then
  /// impossible.
  [[nodiscard]] boost::asio::awaitable<void> leave();

 private:
  boost::beast::tcp_stream stream_;
  const boost::asio::ip::tcp::endpoint peer_;
  boost::beast::flat_buffer buffer_;
  bool open_ = false;
  std::string instance_;  ///< of the last answer since it was opened
};

}  // namespace tidewright::load
