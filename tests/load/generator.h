#pragma once

#include <chrono>
#include <csignal>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tests/load/connection.h"
#include "tests/load/options.h"
#include "tests/load/tally.h"

namespace tidewright::load {

/// Sends requests as the options say and counts what becomes of each. Use once; one thread.
class Generator {
 public:
  using Clock = std::chrono::steady_clock;

  /// `live` is called each second with the numbers so far, if it is set.
  Generator(const Options& options, std::function<void(const Tally&)> live);

  /// Returns when the last request is answered, failed or timed out. SIGINT or SIGTERM ends the arrivals early, and a
  /// second one the process; after the arrivals none does anything, as long as this exists, so that the report is made.
  [[nodiscard]] Tally run();

 private:
  /// Arrivals on schedule: the loop never waits for an answer.
  [[nodiscard]] boost::asio::awaitable<void> arrive();
  /// One of the closed loop's clients.
  [[nodiscard]] boost::asio::awaitable<void> repeat();
  [[nodiscard]] boost::asio::awaitable<void> report();
  [[nodiscard]] boost::asio::awaitable<void> sendAlone(Clock::time_point scheduled);
  /// Sends on a kept connection, and on the same one whatever waits by then.
  [[nodiscard]] boost::asio::awaitable<void> sendKept(Connection& connection, Clock::time_point scheduled);
  [[nodiscard]] boost::asio::awaitable<void> exchange(Connection& connection, Clock::time_point scheduled);

  /// The arrivals end with a signal.
  void endOnSignal();
  /// No signal is waited for any more.
  void arrivalsEnded();
  [[nodiscard]] bool more(std::uint64_t sent, Clock::time_point next) const;
  void begin(Clock::time_point scheduled);
  void count(const Exchange& exchange, Clock::time_point scheduled);

  const Options options_;
  const std::function<void(const Tally&)> live_;
  const std::string request_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGINT, SIGTERM};
  boost::asio::steady_timer nextArrival_{io_};
  boost::asio::steady_timer nextReport_{io_};
  const boost::asio::ip::tcp::endpoint peer_;
  std::deque<Connection> pool_;
  std::deque<Connection*> free_;           ///< first in, first out: every kept connection has its turn
  std::deque<Clock::time_point> waiting_;  ///< arrivals that no kept connection was free for
  Clock::time_point start_;
  std::uint64_t sent_ = 0;   ///< by the closed loop
  unsigned repeating_ = 0;   ///< clients of the closed loop that are not done
  bool endedEarly_ = false;  ///< by a signal
  Tally tally_;
};

}  // namespace tidewright::load
