#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without including it

#include "tests/load/connection.h"

#include <sys/socket.h>

#include <cerrno>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

namespace tidewright::load {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr auto kTimeToClose = std::chrono::milliseconds(200);

auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

Outcome outcomeOf(const error_code& error, bool connected) {
  if (error == beast::error::timeout || error == asio::error::timed_out) return Outcome::Timeout;
  if (error == asio::error::connection_refused) return Outcome::Refused;
  if (!connected) return error == asio::error::connection_reset ? Outcome::Reset : Outcome::Other;
  if (error == http::error::partial_message) return Outcome::Truncated;
  if (error == http::error::end_of_stream || error == asio::error::eof || error == asio::error::connection_reset ||
      error == asio::error::broken_pipe || error == asio::error::connection_aborted) {
    return Outcome::Reset;
  }
  return Outcome::Other;
}

Exchange failed(Outcome outcome, const error_code& error, const char* where, const std::string& instance = {}) {
  return {.outcome = outcome, .instance = instance, .detail = error.message() + ", while " + where};
}

Exchange answered(const http::response<http::string_body>& response) {
  const unsigned status = response.result_int();
  const auto outcome = status >= 500 ? Outcome::Status5xx : status >= 400 ? Outcome::StatusOther : Outcome::Ok;
  return {.outcome = outcome,
          .status = status,
          .instance = std::string(response["X-Instance"]),
          .version = std::string(response["X-Version"]),
          .detail = outcome == Outcome::Ok ? "" : std::string(response.reason())};
}

}  // namespace

bool Connection::closedByPeer() {
  char byte = 0;
  const auto got = recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void Connection::close() {
  stream_.close();
  buffer_.clear();
  open_ = false;
}

asio::awaitable<void> Connection::leave() {
  if (!open_ && stream_.socket().is_open()) {
    char byte = 0;
    error_code ignored;
    stream_.expires_after(kTimeToClose);
    co_await stream_.async_read_some(asio::buffer(&byte, 1), into(ignored));
  }
  close();
}

asio::awaitable<Exchange> Connection::exchange(const std::string& request,
                                               std::chrono::steady_clock::time_point deadline) {
  error_code error;
  if (!open_) close();
  stream_.expires_at(deadline);
  if (!open_) {
    co_await stream_.async_connect(peer_, into(error));
    if (error) {
      close();
      co_return failed(outcomeOf(error, false), error, "connecting");
    }
    open_ = true;
    instance_.clear();
    error_code ignored;
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  error_code writeError;
  co_await asio::async_write(stream_, asio::buffer(request), into(writeError));
  // The server may have answered and closed without reading all of it: so the answer is read even then.
  http::response_parser<http::string_body> parser;
  co_await http::async_read(stream_, buffer_, parser, into(error));
  if (error) {
    const bool begun = parser.got_some();
    close();
    if (writeError && !begun) co_return failed(outcomeOf(writeError, true), writeError, "sending", instance_);
    const Outcome outcome = outcomeOf(error, true);
    co_return failed(outcome == Outcome::Reset && begun ? Outcome::Truncated : outcome, error, "waiting for the answer",
                     instance_);
  }
  const auto response = parser.release();
  if (buffer_.size() > 0) close();
  if (!response.keep_alive()) open_ = false;  // leave() or close() end the rest of it.
  instance_ = std::string(response["X-Instance"]);
  co_return answered(response);
}

}  // namespace tidewright::load
