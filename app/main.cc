#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

#include <fmt/format.h>

#include "app/board.h"
#include "app/capacity.h"
#include "app/listener.h"
#include "app/options.h"
#include "app/processes.h"
#include "app/serve.h"
#include "app/work.h"

namespace app = tidewright::app;

namespace {

/// Children end by themselves at the drain's limit; so much later they are not going to.
constexpr std::chrono::seconds kChildrenEnd{2};

std::string hostName() {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

int main(int argc, char** argv) {
  const app::ParsedOptions parsed = app::parseOptions(argc, argv);
  if (parsed.leave) {
    fmt::print(parsed.leave->exitCode == 0 ? stdout : stderr, "{}", parsed.leave->message);
    return parsed.leave->exitCode;
  }
  const app::Options& options = parsed.options;
  app::holdSignals();
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const unsigned workers = options.workers == 0 ? cores : options.workers;
  const unsigned threads = workers * std::max(1U, options.processes);
  const app::CpuMs work(options.workMs);
  const std::string instance = options.instance.empty() ? hostName() : options.instance;

  const app::LoopConfig config{.routes = {.instance = instance,
                                          .version = options.versionLabel,
                                          .work = work,
                                          .capacity = app::capacityRps(threads, cores, app::cpuQuota(), work)},
                               .drain = options.drain,
                               .roundsPerMs = app::calibrateRoundsPerMs(),
                               .maxRequestsPerConnection = options.maxRequestsPerConnection,
                               .startedFrom = tidewright::SystemClock().mono() + options.startDelay};

  const app::SharedBoard board = app::makeSharedBoard();
  const auto listener = app::openListener(options.host, options.port);
  if (!board || !listener) {
    fmt::print(stderr, "{}\n", listener ? "no memory to share between processes" : listener.error().message());
    return 1;
  }
  board->errorsPerMillion = static_cast<std::uint32_t>(options.errorRate * 1e6 + 0.5);
  fmt::print(stderr, "{} v{} listens on {}:{}, {} worker(s), {:.0f} hash rounds a millisecond\n", instance,
             options.versionLabel, options.host, listener->port, workers, config.roundsPerMs);

  const app::ServeConfig serving{.loop = config,
                                 .workers = workers,
                                 .crashAfter = options.crashAfter,
                                 .listenSocket = listener->socket,
                                 .hasParent = options.processes > 0};
  const auto serve = [&](app::Slot& slot, const std::function<void()>& ready) {
    app::serve(serving, *board, slot, ready);
  };
  int exitCode = 0;
  if (options.processes == 0) {
    serve(board->slots.front(), [] {});
  } else {
    exitCode = app::superviseProcesses({.processes = static_cast<int>(options.processes),
                                        .exitAtOnce = options.drain.exitAtOnce,
                                        .stopLimit = options.drain.limit + kChildrenEnd},
                                       *board, serve);
  }
  fmt::print(stderr, "{} stopped\n", instance);
  // Without destructors of what the drain's limit cut: the end of the process closes it.
  std::fflush(nullptr);
  std::_Exit(exitCode);
}
