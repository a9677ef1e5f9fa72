#pragma once

#include <set>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "app/board.h"
#include "app/drain.h"
#include "app/routes.h"
#include "app/session.h"
#include "app/work_queue.h"

namespace tidewright::app {

struct LoopConfig {
  RouteConfig routes;
  DrainPolicy drain;
  double roundsPerMs = 1;
  unsigned maxRequestsPerConnection = 0;
  MonoTime startedFrom;  ///< until then: not ready, and 503
};

/// What becomes of new connections during a stop.
enum class Accepting {
  GoesOn,  ///< nobody else takes them, and a proxy may not know yet that we leave
  Ends,    ///< siblings on the same socket take them
};

/// One worker: a thread's loop that accepts, serves, works and, when asked to stop, drains.
///
/// All workers, and all processes, accept from the same listening socket: the kernel gives a connection to whoever is
/// free, and a worker that ends loses no connection that was queued for it, as it would with a socket of its own.
class Loop {
 public:
  /// `listenSocket` stays the caller's: the loop accepts on a duplicate.
  Loop(const LoopConfig& config, int listenSocket, Board& board, Slot& slot);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Serves on the calling thread until a stop that was asked for is over.
  void run();
  /// Begins the stop. Any thread; more than once is once.
  void stop(Accepting accepting);
  /// For what else the owner wants to wait for on this loop's thread.
  [[nodiscard]] boost::asio::io_context& io() { return io_; }

 private:
  [[nodiscard]] boost::asio::awaitable<void> accept();
  void drain(const DrainEvent& event);
  void act(DrainAction action);
  [[nodiscard]] SessionContext context(const LoopConfig& config, Board& board, Slot& slot);

  // Sessions take themselves out of `sessions_` when they end, at the latest with the io_context: so it comes first.
  std::set<Session*> sessions_;
  boost::asio::io_context io_{1};
  const DrainPolicy policy_;
  DrainState state_;
  MonoTime lastBusy_;
  WorkQueue work_;
  Routes routes_;
  const SessionContext context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer ticks_;
};

}  // namespace tidewright::app
