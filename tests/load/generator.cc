#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without including it

#include "tests/load/generator.h"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tidewright::load {

namespace asio = boost::asio;
using std::chrono::duration_cast;
using std::chrono::microseconds;

namespace {

/// So long may connections be begun before those that are there have their turn.
constexpr auto kTurn = std::chrono::milliseconds(2);

std::string requestText(const Options& options) {
  const bool six = options.url.address.find(':') != std::string::npos;
  return fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: openload\r\nConnection: {}\r\n\r\n",
                     options.url.path, six ? "[" + options.url.address + "]" : options.url.address, options.url.port,
                     options.connections == Connections::New ? "close" : "keep-alive");
}

}  // namespace

Generator::Generator(const Options& options, std::function<void(const Tally&)> live)
    : options_(options),
      live_(std::move(live)),
      request_(requestText(options)),
      peer_(asio::ip::make_address(options.url.address), options.url.port) {
  if (options_.connections == Connections::New) return;
  for (unsigned i = 0; i < options_.pool; ++i) free_.push_back(&pool_.emplace_back(io_.get_executor(), peer_));
}

Tally Generator::run() {
  start_ = Clock::now();
  endOnSignal();
  if (options_.rate) {
    asio::co_spawn(io_, arrive(), asio::detached);
  } else {
    repeating_ = options_.concurrency;
    for (unsigned i = 0; i < options_.concurrency; ++i) asio::co_spawn(io_, repeat(), asio::detached);
  }
  if (live_) asio::co_spawn(io_, report(), asio::detached);
  io_.run();
  return std::move(tally_);
}

void Generator::endOnSignal() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    endedEarly_ = true;
    nextArrival_.cancel();
    nextReport_.cancel();
    signals_.clear();  // Another one does what it does to any process.
  });
}

void Generator::arrivalsEnded() { signals_.cancel(); }

bool Generator::more(std::uint64_t sent, Clock::time_point next) const {
  if (endedEarly_) return false;
  if (options_.requests > 0) return sent < options_.requests;
  return next - start_ < std::chrono::duration<double>(options_.seconds);
}

asio::awaitable<void> Generator::arrive() {
  const std::chrono::duration<double> gap(1 / *options_.rate);
  Clock::time_point next = start_, resumed = start_;
  for (std::uint64_t sent = 0; more(sent, next);) {
    if (next > Clock::now()) {
      boost::system::error_code cancelled;
      nextArrival_.expires_at(next);
      co_await nextArrival_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
      if (endedEarly_) break;
      resumed = Clock::now();
    }
    tally_.lag = std::max(tally_.lag, duration_cast<microseconds>(Clock::now() - next));
    begin(next);
    ++sent;
    // Or, where more arrive than can be begun, nothing else would ever have a turn: no answer, not even a signal.
    if (Clock::now() - resumed > kTurn) {
      co_await asio::post(io_, asio::use_awaitable);
      resumed = Clock::now();
    }
    // From the start each time: adding gaps up would add their rounding up.
    next = start_ + duration_cast<Clock::duration>(gap * static_cast<double>(sent));
  }
  arrivalsEnded();
}

void Generator::begin(Clock::time_point scheduled) {
  if (options_.connections == Connections::New) {
    asio::co_spawn(io_, sendAlone(scheduled), asio::detached);
  } else if (free_.empty()) {
    waiting_.push_back(scheduled);
  } else {
    Connection& connection = *free_.front();
    free_.pop_front();
    asio::co_spawn(io_, sendKept(connection, scheduled), asio::detached);
  }
}

asio::awaitable<void> Generator::sendAlone(Clock::time_point scheduled) {
  Connection connection(io_.get_executor(), peer_);
  co_await exchange(connection, scheduled);
}

asio::awaitable<void> Generator::sendKept(Connection& connection, Clock::time_point scheduled) {
  co_await exchange(connection, scheduled);
  while (!waiting_.empty()) {
    const auto next = waiting_.front();
    waiting_.pop_front();
    co_await exchange(connection, next);
  }
  free_.push_back(&connection);
}

asio::awaitable<void> Generator::repeat() {
  Connection connection(io_.get_executor(), peer_);
  while (more(sent_, Clock::now())) {
    ++sent_;
    co_await exchange(connection, Clock::now());
  }
  if (--repeating_ == 0) arrivalsEnded();
}

asio::awaitable<void> Generator::exchange(Connection& connection, Clock::time_point scheduled) {
  const auto deadline = scheduled + options_.timeout;
  if (Clock::now() >= deadline) {
    count({.outcome = Outcome::Timeout, .detail = "no kept connection was free in time"}, scheduled);
    co_return;
  }
  if (connection.isOpen() && connection.closedByPeer()) {
    ++tally_.foundClosed;
    connection.close();
  }
  if (!connection.isOpen()) ++tally_.connectionsOpened;
  const Exchange result = co_await connection.exchange(request_, deadline);
  const bool kept = options_.connections == Connections::KeepAlive;
  if (kept && result.status != 0 && !connection.isOpen()) ++tally_.closedByAnswer;
  count(result, scheduled);
  if (!kept) {
    co_await connection.leave();
  } else if (!connection.isOpen()) {
    connection.close();
  }
}

void Generator::count(const Exchange& exchange, Clock::time_point scheduled) {
  tally_.elapsed = duration_cast<microseconds>(Clock::now() - start_);
  tally_.add(exchange, duration_cast<microseconds>(scheduled - start_), tally_.elapsed);
}

asio::awaitable<void> Generator::report() {
  for (auto next = start_ + std::chrono::seconds(1); more(tally_.total(), next); next += std::chrono::seconds(1)) {
    boost::system::error_code cancelled;
    nextReport_.expires_at(next);
    co_await nextReport_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    live_(tally_);
  }
}

}  // namespace tidewright::load
