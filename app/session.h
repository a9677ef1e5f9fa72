#pragma once

#include <chrono>
#include <set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "app/board.h"
#include "app/routes.h"
#include "app/work_queue.h"

namespace tidewright::app {

/// What all connections of one loop share. Everything in it outlives them.
struct SessionContext {
  Routes& routes;
  WorkQueue& work;
  Board& board;
  Slot& slot;
  std::string instance;
  std::string version;
  unsigned maxRequests = 0;  ///< 0: no limit
  /// Asked before and after the work of each request.
  std::function<Stage()> stage;
  /// Whether an answer given now must close its connection.
  std::function<bool()> closing;
};

/// One connection: requests are read, answered and counted one after the other until either side closes.
/// Limits: 16 KiB of head (431), 1 MiB of body (413); 10 s for a head, 30 s for a body or for taking an answer;
/// 120 s idle. Not thread-safe: lives on its loop.
class Session {
 public:
  Session(boost::asio::ip::tcp::socket socket, const SessionContext& context, std::set<Session*>& open);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Serves the connection to its end. No error escapes.
  [[nodiscard]] boost::asio::awaitable<void> run();

  /// Closes the connection if it waits for a request of which nothing has arrived yet.
  void closeIfIdle();
  /// Closes the connection if a request is being read, worked on or answered.
  void cutIfBusy();

 private:
  using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
  using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

  [[nodiscard]] boost::asio::awaitable<bool> awaitFirstByte();
  /// Reads one request into `request`. Answers what is malformed or too large itself, and then gives false.
  [[nodiscard]] boost::asio::awaitable<bool> read(HttpRequest& request);
  /// False: the connection is over.
  [[nodiscard]] boost::asio::awaitable<bool> serve(const HttpRequest& request);
  [[nodiscard]] boost::asio::awaitable<bool> refuse(unsigned status, std::string_view why);
  [[nodiscard]] boost::asio::awaitable<bool> write(HttpResponse& response, bool head);
  /// Ends the sending side and waits briefly for the client to do the same: closing with unread input would reset the
  /// connection, and the reset may overtake the answer.
  [[nodiscard]] boost::asio::awaitable<void> linger();
  [[nodiscard]] HttpResponse respond(const Answer& answer, bool keep) const;

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  const SessionContext& context_;
  std::set<Session*>& open_;
  bool idle_ = false;
  unsigned served_ = 0;
};

}  // namespace tidewright::app
