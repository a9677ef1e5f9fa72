#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without including it

#include "app/serve.h"

#include <csignal>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <boost/asio/signal_set.hpp>

namespace tidewright::app {
namespace {

constexpr int kCrashExitCode = 134;  // what a shell shows for SIGABRT

std::chrono::milliseconds draw(const TimeRange& range) {
  std::random_device seed;
  return std::chrono::milliseconds(
      std::uniform_int_distribution<std::int64_t>(range.from.count(), range.to.count())(seed));
}

sigset_t heldSignals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGUSR2}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void holdSignals() {
  const sigset_t held = heldSignals();
  sigprocmask(SIG_BLOCK, &held, nullptr);
}

void serve(const ServeConfig& config, Board& board, Slot& slot, const std::function<void()>& ready) {
  std::vector<std::unique_ptr<Loop>> loops;
  for (unsigned i = 0; i < config.workers; ++i) {
    loops.push_back(std::make_unique<Loop>(config.loop, config.listenSocket, board, slot));
  }

  // The first loop, on this thread, also hears the signals.
  boost::asio::signal_set signals(loops.front()->io(), SIGTERM, SIGINT);
  if (config.hasParent) {
    signals.add(SIGUSR2);
  } else {
    std::signal(SIGUSR2, SIG_IGN);  // meant for a parent; without one it must not kill
  }
  std::function<void()> listen = [&] {
    signals.async_wait([&](boost::system::error_code error, int signal) {
      if (error) return;
      for (const auto& loop : loops) loop->stop(signal == SIGUSR2 ? Accepting::Ends : Accepting::GoesOn);
      listen();  // a retiring process may yet be told that everything stops
    });
  };
  listen();
  const sigset_t held = heldSignals();
  pthread_sigmask(SIG_UNBLOCK, &held, nullptr);

  boost::asio::steady_timer crash(loops.front()->io());
  if (config.crashAfter) {
    crash.expires_after(draw(*config.crashAfter));
    crash.async_wait([](boost::system::error_code error) {
      if (!error) std::_Exit(kCrashExitCode);
    });
  }
  board.starts.fetch_add(1, std::memory_order_relaxed);
  ready();

  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < loops.size(); ++i) threads.emplace_back([&loop = *loops[i]] { loop.run(); });
  loops.front()->run();
}

}  // namespace tidewright::app
