#include "app/options.h"

#include <cmath>
#include <functional>
#include <regex>

#include <CLI/CLI.hpp>

namespace tidewright::app {
namespace {

constexpr const char* kProjectVersion = TIDEWRIGHT_VERSION;

std::string checkVersionLabel(const std::string& text) {
  static const std::regex allowed("[A-Za-z0-9._+-]{1,63}");
  return std::regex_match(text, allowed) ? "" : "\"" + text + "\" must be 1 to 63 of A-Z a-z 0-9 . _ + -";
}

std::string checkTimeRange(const std::string& text) {
  return parseTimeRange(text) ? "" : "\"" + text + "\" is not a time or a range of times such as 2s or 1-3s";
}

// CLI11's own Range lets "nan" through.
std::function<std::string(const std::string&)> number(double low, double high) {
  return [low, high](const std::string& text) -> std::string {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value >= low && value <= high) return "";
    return "\"" + text + "\" is not a number from " + CLI::detail::to_string(low) + " to " +
           CLI::detail::to_string(high);
  };
}

void describe(CLI::App& cli, Options& o, std::string& crashAfter) {
  cli.add_option("--host", o.host, "Address to listen on")->check(CLI::ValidIPV4)->capture_default_str();
  cli.add_option("--port", o.port, "Port to listen on; 0 picks a free one")->capture_default_str();
  cli.add_option("--instance", o.instance, "Name for X-Instance (default: the host's name)")->check(checkVersionLabel);
  cli.add_option("--version-label", o.versionLabel, "Version for X-Version and /version")
      ->envname("APP_VERSION")
      ->check(checkVersionLabel)
      ->capture_default_str();

  const auto load = "Load";
  cli.add_option("--work-ms", o.workMs, "Milliseconds of CPU time that GET / burns")
      ->check(number(0, 60000))
      ->capture_default_str()
      ->group(load);
  cli.add_option("--workers", o.workers, "Threads in a process; 0 = one for each core")
      ->check(CLI::Range(0U, 256U))
      ->capture_default_str()
      ->group(load);
  cli.add_option("--processes", o.processes,
                 "Keep this many child processes on one listening socket and restart each that dies; "
                 "0 = serve in this process. SIGUSR2 to the parent replaces them one by one")
      ->check(CLI::Range(0U, 64U))
      ->capture_default_str()
      ->group(load);
  cli.add_option("--max-requests-per-connection", o.maxRequestsPerConnection,
                 "Close a keep-alive connection after so many answers; 0 = never")
      ->check(CLI::Range(0U, 1000000000U))
      ->capture_default_str()
      ->group(load);

  const auto stop = "Start and stop";
  cli.add_option("--start-delay", o.startDelay, "Seconds during which it listens but is not ready and answers 503")
      ->check(CLI::Range(0, 86400))
      ->group(stop);
  cli.add_option("--drain-seconds", o.drain.limit,
                 "After SIGTERM, seconds until requests still in flight are cut (default 25)")
      ->check(CLI::Range(0, 86400))
      ->group(stop);
  cli.add_option(
         "--idle-drain-seconds", o.drain.idleLimit,
         "After SIGTERM, seconds that an idle keep-alive connection may still bring its next request (default 10)")
      ->check(CLI::Range(0, 86400))
      ->group(stop);

  const auto faults = "Faults, and what a graceful stop would otherwise prevent (for negative controls)";
  cli.add_option("--crash-after", crashAfter, "Crash each process after a random time of this range, such as 1-3s")
      ->check(checkTimeRange)
      ->group(faults);
  cli.add_option("--error-rate", o.errorRate, "Share of the answers of / and /work that are 500, from 0 to 1")
      ->check(number(0, 1))
      ->capture_default_str()
      ->group(faults);
  cli.add_flag("--exit-on-sigterm", o.drain.exitAtOnce, "SIGTERM ends the process at once")->group(faults);
  cli.add_flag("--no-drain", o.drain.cutInFlight, "SIGTERM cuts the requests in flight; the rest stops gracefully")
      ->group(faults);
  cli.add_flag("--no-idle-drain", o.drain.closeIdleAtOnce, "SIGTERM closes idle keep-alive connections at once")
      ->group(faults);
  cli.add_flag("--no-close-on-drain", o.drain.keepConnections,
               "While draining, neither answer Connection: close nor close idle connections; the end cuts them")
      ->group(faults);
}

}  // namespace

std::optional<TimeRange> parseTimeRange(const std::string& text) {
  static const std::regex form(R"((\d{1,6})(?:-(\d{1,6}))?(ms|s)?)");
  std::smatch part;
  if (!std::regex_match(text, part, form)) return std::nullopt;
  const std::chrono::milliseconds unit = part[3] == "ms" ? std::chrono::milliseconds(1) : std::chrono::seconds(1);
  const auto from = unit * std::stol(part[1]);
  const auto to = part[2].matched ? unit * std::stol(part[2]) : from;
  if (from > to) return std::nullopt;
  return TimeRange{from, to};
}

ParsedOptions parseOptions(int argc, const char* const* argv) {
  ParsedOptions parsed;
  parsed.options.versionLabel = kProjectVersion;
  std::string crashAfter;
  CLI::App cli{
      "Tidewright's reference app: a stateless HTTP service whose load, version, start, stop and faults can be "
      "chosen.\nGET / answers \"Hello from <instance> (v<version>)\" after --work-ms of CPU time; "
      "see also /work?ms=, /healthz, /readyz, /version, /metrics."};
  cli.set_version_flag("--version", std::string(kProjectVersion));
  describe(cli, parsed.options, crashAfter);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    // Help or the version: the library's exit() writes what was asked for.
    std::ostringstream text;
    cli.exit(asked, text, text);
    parsed.leave = Leave{0, text.str()};
  } catch (const CLI::ParseError& wrong) {
    parsed.leave = Leave{2, std::string(wrong.what()) + "\nRun with --help for the flags.\n"};
  }
  if (!crashAfter.empty()) parsed.options.crashAfter = parseTimeRange(crashAfter);
  return parsed;
}

}  // namespace tidewright::app
