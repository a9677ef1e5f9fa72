#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "tests/load/generator.h"
#include "tests/load/options.h"
#include "tests/load/report.h"
#include "tests/load/until_accepted.h"

namespace load = tidewright::load;

namespace {

/// An open loop against a server that hangs has rate times time-out connections open.
void raiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// While there is nothing yet to report. A container's first process has to say so itself: the system ends it by no
/// signal that it does not handle.
void endAtOnceBySignal() {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int number) { _exit(128 + number); });
}

}  // namespace

int main(int argc, char** argv) {
  const load::ParsedOptions parsed = load::parseOptions(argc, argv);
  if (parsed.leave) {
    fmt::print(parsed.leave->exitCode == 0 ? stdout : stderr, "{}", parsed.leave->message);
    return parsed.leave->exitCode;
  }
  const load::Options& options = parsed.options;
  raiseFileLimit();
  endAtOnceBySignal();
  // One line that changes, or, where nobody sees it change, as in a pod's log, a line each.
  const bool redrawn = isatty(STDERR_FILENO) == 1;
  std::function<void(const load::Tally&)> live;
  if (options.live) {
    live = [redrawn](const load::Tally& tally) {
      fmt::print(stderr, fmt::runtime(redrawn ? "\r{}\033[K" : "{}\n"), load::toLine(tally));
    };
  }
  if (const auto accepted = load::untilAccepted(options); !accepted) {
    fmt::print(stderr, "openload: {}\n", accepted.error().message());
    return 1;
  }
  load::Generator generator(options, live);
  const load::Tally tally = generator.run();
  if (options.live && redrawn) fmt::print(stderr, "\n");
  fmt::print("{}", options.json ? load::toJson(options, tally) : load::toTable(options, tally));
  std::fflush(stdout);  // While the generator still keeps signals away.
  return 0;
}
