#include "tests/load/options.h"

#include <cmath>
#include <regex>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>

namespace tidewright::load {
namespace {

std::optional<double> positive(const std::string& text) {
  double value = 0;
  if (!CLI::detail::lexical_cast(text, value) || !std::isfinite(value) || value <= 0 || value > 1e6)
    return std::nullopt;
  return value;
}

std::string checkUrl(const std::string& text) {
  const auto url = parseUrl(text);
  return url ? "" : url.error().message();
}

std::string checkRate(const std::string& text) {
  return text == "max" || positive(text) ? "" : "\"" + text + "\" is neither \"max\" nor a number above 0";
}

std::string checkSeconds(const std::string& text) {
  return positive(text) ? "" : "\"" + text + "\" is not a number of seconds above 0";
}

struct Raw {
  std::string url, rate, connections = "new";
  int timeoutMs = 10000;
};

void describe(CLI::App& cli, Raw& raw, Options& o) {
  cli.add_option("--url", raw.url, "http://IP:PORT/PATH")->required()->check(checkUrl);
  cli.add_option("--rate", raw.rate,
                 "Arrivals a second, whatever the answers do; max = closed loop: as fast as it goes")
      ->required()
      ->check(checkRate);
  auto* const length = cli.add_option_group("length");
  length->add_option("--seconds", o.seconds, "How long requests arrive")->check(checkSeconds);
  length->add_option("--requests", o.requests, "How many requests arrive")->check(CLI::Range(1UL, 1000000000UL));
  length->require_option(1);
  cli.add_option("--connections", raw.connections, "new = one for each request; keep-alive = --pool kept ones")
      ->check(CLI::IsMember({"new", "keep-alive"}))
      ->capture_default_str();
  cli.add_option("--pool", o.pool, "Connections kept with --connections=keep-alive")
      ->check(CLI::Range(1U, 20000U))
      ->capture_default_str();
  cli.add_option("--concurrency", o.concurrency, "Requests at a time with --rate=max")
      ->check(CLI::Range(1U, 20000U))
      ->capture_default_str();
  cli.add_option("--timeout-ms", raw.timeoutMs, "From the scheduled arrival to the whole answer")
      ->check(CLI::Range(1, 3600000))
      ->capture_default_str();
  cli.add_option("--wait-seconds", o.waitSeconds,
                 "Before the load: how long to wait until a connection is accepted; 0 = begin at once")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  cli.add_flag("--json", o.json, "Result as JSON instead of a table");
  cli.add_flag("--timeline", o.timeline, "Add what happened in each second");
  cli.add_flag("--live", o.live, "Progress on stderr each second");
}

}  // namespace

Result<Url> parseUrl(const std::string& text) {
  static const std::regex form(R"(http://([0-9.]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?(/[\x21-\x7e]*)?)");
  std::smatch part;
  if (!std::regex_match(text, part, form)) {
    return fail(ErrorCode::Invalid, "\"{}\" is not of the form http://IP:PORT/PATH", text);
  }
  Url url{.address = part[1], .path = part[3].length() > 0 ? part[3].str() : "/"};
  if (url.address.front() == '[') url.address = url.address.substr(1, url.address.size() - 2);
  boost::system::error_code error;
  boost::asio::ip::make_address(url.address, error);
  if (error) return fail(ErrorCode::Invalid, "\"{}\" is not an IP address", url.address);
  const int port = part[2].matched ? std::stoi(part[2]) : 80;
  if (port < 1 || port > 65535) return fail(ErrorCode::Invalid, "port {} is not between 1 and 65535", port);
  url.port = static_cast<std::uint16_t>(port);
  return url;
}

ParsedOptions parseOptions(int argc, const char* const* argv) {
  ParsedOptions parsed;
  Options& o = parsed.options;
  Raw raw;
  CLI::App cli{
      "Open-loop HTTP load: requests arrive at a fixed rate whatever the answers do, nothing is ever retried, "
      "and latency counts from the scheduled arrival. Ctrl-C ends the arrivals early; the report comes all the same."};
  describe(cli, raw, o);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    std::ostringstream text;
    cli.exit(asked, text, text);
    parsed.leave = Leave{0, text.str()};
    return parsed;
  } catch (const CLI::ParseError& wrong) {
    parsed.leave = Leave{2, std::string(wrong.what()) + "\nRun with --help for the flags.\n"};
    return parsed;
  }
  o.url = *parseUrl(raw.url);
  if (raw.rate != "max") o.rate = positive(raw.rate);
  o.connections = raw.connections == "new" ? Connections::New : Connections::KeepAlive;
  o.timeout = std::chrono::milliseconds(raw.timeoutMs);
  return parsed;
}

}  // namespace tidewright::load
