#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without including it

#include "app/loop.h"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tidewright::app {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kDrainTick{20};
constexpr std::chrono::milliseconds kAcceptBackOff{50};

MonoTime now() { return SystemClock().mono(); }

asio::awaitable<void> runSession(tcp::socket socket, const SessionContext& context, std::set<Session*>& open) {
  Session session(std::move(socket), context, open);
  co_await session.run();
}

}  // namespace

Loop::Loop(const LoopConfig& config, int listenSocket, Board& board, Slot& slot)
    : policy_(config.drain),
      work_(io_, config.roundsPerMs, slot),
      routes_(config.routes, board),
      context_(context(config, board, slot)),
      acceptor_(io_, tcp::v4(), dup(listenSocket)),
      ticks_(io_) {}

SessionContext Loop::context(const LoopConfig& config, Board& board, Slot& slot) {
  return SessionContext{.routes = routes_,
                        .work = work_,
                        .board = board,
                        .slot = slot,
                        .instance = config.routes.instance,
                        .version = config.routes.version,
                        .maxRequests = config.maxRequestsPerConnection,
                        .stage =
                            [this, from = config.startedFrom] {
                              return Stage{.started = now() >= from,
                                           .draining = !std::holds_alternative<Serving>(state_)};
                            },
                        .closing = [this] { return closesConnections(state_, policy_); }};
}

void Loop::run() {
  asio::co_spawn(io_, accept(), asio::detached);
  io_.run();
}

void Loop::stop(Accepting accepting) {
  asio::post(io_, [this, accepting] {
    error_code ignored;
    if (accepting == Accepting::Ends) acceptor_.close(ignored);
    drain(StopRequested{});
  });
}

asio::awaitable<void> Loop::accept() {
  for (;;) {
    error_code error;
    tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of file descriptors or memory: trying again at once would only burn CPU.
      asio::steady_timer pause(io_, kAcceptBackOff);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    lastBusy_ = now();
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    asio::co_spawn(io_, runSession(std::move(socket), context_, sessions_), asio::detached);
  }
}

void Loop::drain(const DrainEvent& event) {
  if (!sessions_.empty() || std::holds_alternative<StopRequested>(event)) lastBusy_ = now();
  const DrainStep next = transition(state_, event, policy_, now());
  const bool began = std::holds_alternative<Serving>(state_) && std::holds_alternative<Draining>(next.state);
  const bool tick = std::holds_alternative<Tick>(event);
  state_ = next.state;
  act(next.action);
  if (!std::holds_alternative<Draining>(state_) || !(began || tick)) return;
  ticks_.expires_after(kDrainTick);
  ticks_.async_wait([this](error_code error) {
    if (!error) drain(Tick{sessions_.size(), lastBusy_});
  });
}

void Loop::act(DrainAction action) {
  switch (action) {
    case DrainAction::None: return;
    case DrainAction::CloseIdle:
      for (Session* session : sessions_) session->closeIfIdle();
      return;
    case DrainAction::CutInFlight:
      for (Session* session : sessions_) session->cutIfBusy();
      return;
    case DrainAction::Exit: io_.stop(); return;
  }
}

}  // namespace tidewright::app
