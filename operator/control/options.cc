#include "operator/control/options.h"

#include <istream>
#include <map>
#include <optional>
#include <utility>

#include <yaml-cpp/yaml.h>
#include <CLI/CLI.hpp>

namespace tidewright::control {
namespace {

constexpr int kUsage = 2;

/// The configuration file: a YAML map of the flags' names. A flag that was given wins; CLI11 sees to that.
class YamlConfig final : public CLI::Config {
 public:
  std::string to_config(const CLI::App*, bool, bool, std::string) const override { return {}; }

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    try {
      const YAML::Node file = YAML::Load(input);
      if (file.IsNull()) return {};
      if (!file.IsMap()) throw CLI::ConversionError("--config: the file must be a map of the flags' names to values");
      std::vector<CLI::ConfigItem> entries;
      for (const auto& entry : file) {
        CLI::ConfigItem item;
        item.name = entry.first.as<std::string>();
        if (entry.second.IsSequence()) {
          item.inputs = entry.second.as<std::vector<std::string>>();
        } else {
          item.inputs = {entry.second.as<std::string>()};
        }
        entries.push_back(std::move(item));
      }
      return entries;
    } catch (const YAML::Exception& wrong) {
      throw CLI::ConversionError(std::string("--config: not the YAML of a flat map: ") + wrong.what());
    }
  }
};

/// "0.0.0.0:8080", "[::]:8080", ":8080".
std::optional<std::pair<std::string, std::uint16_t>> parseListen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string host = text.substr(0, colon), port = text.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const int number = std::stoi(port);
  if (number > 65535) return std::nullopt;
  return std::pair(host.empty() ? "0.0.0.0" : host, static_cast<std::uint16_t>(number));
}

std::string checkListen(const std::string& text) {
  return parseListen(text) ? "" : "\"" + text + "\" is no ADDRESS:PORT; write 0.0.0.0:8080";
}

std::string checkUrl(const std::string& text) {
  const bool http = text.starts_with("http://") || text.starts_with("https://");
  return http ? "" : "\"" + text + "\" is no address; write http://prometheus:9090";
}

}  // namespace

std::string_view version() { return TIDEWRIGHT_VERSION; }

std::variant<Options, EarlyExit> parseOptions(std::span<const std::string> arguments) {
  Options options;
  std::string listen = "0.0.0.0:8080";
  CLI::App cli("Keeps the right number of the right version of every ScaledApp running.", "tidewright");
  cli.set_version_flag("--version", "tidewright " + std::string(version()));
  cli.add_option("--kubeconfig", options.kubeconfig, "File that says how to reach the API server");
  cli.add_option("--context", options.context, "Context of the kubeconfig; its current one unless given");
  cli.add_option("--namespace", options.namespaces, "Look after this namespace only; may be repeated")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  cli.add_flag("--leader-elect,!--no-leader-elect", options.leaderElect, "Of several operators let one act (default)");
  cli.add_option("--lease-namespace", options.leaseNamespace, "Where the lease is; our own namespace unless given");
  cli.add_option("--lease-name", options.leaseName, "What the lease is called")->capture_default_str();
  cli.add_option("--prometheus-url", options.prometheusUrl, "The Prometheus of metrics that name none")
      ->check(checkUrl);
  cli.add_option("--prometheus-concurrency", options.prometheusConcurrency,
                 "Queries in flight at one Prometheus at most; four times as many at all of them")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  cli.add_option("--listen", listen, "ADDRESS:PORT of /metrics, /healthz and /readyz")
      ->check(checkListen)
      ->capture_default_str();
  cli.add_option("--workers", options.workers, "How many apps are looked at side by side")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  cli.add_option("--log-level", options.logLevel, "debug, info, warn or error")
      ->transform(CLI::CheckedTransformer(std::map<std::string, LogLevel>{
          {"debug", LogLevel::Debug}, {"info", LogLevel::Info}, {"warn", LogLevel::Warn}, {"error", LogLevel::Error}}));
  cli.add_option("--log-format", options.logFormat, "text or json")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, LogFormat>{{"text", LogFormat::Text}, {"json", LogFormat::Json}}));
  cli.add_flag("--check", options.check, "Say whether the API server can be reached and what it has, and end");
  cli.set_config("--config", "", "YAML file with these flags' names; a flag wins");
  cli.config_formatter(std::make_shared<YamlConfig>());
  cli.allow_config_extras(CLI::config_extras_mode::error);

  // CLI11 takes the arguments from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    cli.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    return EarlyExit{0, cli.help()};
  } catch (const CLI::CallForVersion&) {
    return EarlyExit{0, "tidewright " + std::string(version()) + "\n"};
  } catch (const CLI::ConfigError& wrong) {
    return EarlyExit{kUsage,
                     std::string("tidewright: --config: the file has a name that is no flag: ") + wrong.what() + "\n"};
  } catch (const CLI::ParseError& wrong) {
    return EarlyExit{kUsage, std::string("tidewright: ") + wrong.what() + "; see tidewright --help\n"};
  }
  std::tie(options.listenHost, options.listenPort) = *parseListen(listen);
  return options;
}

}  // namespace tidewright::control
