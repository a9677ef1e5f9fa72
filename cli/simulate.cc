#include "cli/simulate.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "cli/duration.h"
#include "cli/manifest.h"
#include "cli/recorded_load.h"
#include "operator/timestamp.h"
#include "simulate/chart.h"
#include "simulate/comparison.h"
#include "simulate/csv.h"
#include "simulate/run.h"
#include "simulate/summary.h"
#include "simulate/svg.h"

namespace tidewright::cli {
namespace {

constexpr std::chrono::hours kDay{24};

Result<std::optional<WallTime>> timeOf(const char* flag, const std::string& text, WallTime now) {
  if (text.empty()) return std::nullopt;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  // A small bare number can only be meant as a time ago; 1970 knew no Prometheus.
  constexpr int64_t kEarliest = 1'000'000'000;
  if (whole && number >= kEarliest) return WallTime(std::chrono::seconds(number));
  if (const std::optional<std::chrono::seconds> ago = parseDuration(text)) return now - *ago;
  if (const Result<WallTime> time = parseTimestamp(text)) return *time;
  return fail(ErrorCode::Invalid,
              "{} \"{}\" is no time; write 2026-01-31T08:00:00Z, seconds since 1970, or how long ago: 24h", flag, text);
}

Result<api::ScaledApp> autoscaledApp(const std::string& file) {
  Result<api::ScaledApp> app = readManifest(file);
  if (!app) return app;
  if (!app->spec.autoscaling) {
    return fail(ErrorCode::Invalid, "{}: ScaledApp {} has no spec.autoscaling, so there is nothing to simulate", file,
                app->name);
  }
  return app;
}

struct Times {
  std::optional<WallTime> from, to;
};

Result<Times> timesOf(const SimulateOptions& options, WallTime now) {
  const Result<std::optional<WallTime>> from = timeOf("--from", options.from, now);
  if (!from) return fail(from.error());
  const Result<std::optional<WallTime>> to = timeOf("--to", options.to, now);
  if (!to) return fail(to.error());
  return Times{*from, *to};
}

Result<simulate::Load> loadOf(const api::ScaledApp& app, const SimulateOptions& options, const Times& times,
                              const Surroundings& with) {
  if (!options.samples.empty()) return loadFromFiles(app, options.samples);
  const Result<std::unique_ptr<http::Transport>> server = with.connect(options.prometheus);
  if (!server) return fail(server.error().in("--prometheus {}", options.prometheus));
  const WallTime to = times.to.value_or(with.clock.wall());
  return loadFromPrometheus(app, **server, {.from = times.from.value_or(to - kDay), .to = to}, {});
}

Result<simulate::Run> runOf(const api::ScaledApp& app, const simulate::Load& load, const SimulateOptions& options,
                            const Times& times) {
  const api::Autoscaling& policy = *app.spec.autoscaling;
  return simulate::simulate(policy, load,
                            {.start = options.start.value_or(std::max(1, policy.minReplicas)),
                             .startup = options.startup,
                             .from = times.from,
                             .to = times.to,
                             .atSamples = options.atSamples});
}

/// Written whole or not at all.
Result<void> write(const char* flag, const std::string& path, const std::string& text) {
  const std::string partial = path + ".partial";
  {
    std::ofstream file(partial, std::ios::trunc);
    file << text;
    if (!file.flush()) return fail(ErrorCode::Invalid, "{} {} cannot be written", flag, path);
  }
  std::error_code error;
  std::filesystem::rename(partial, path, error);
  if (error) return fail(ErrorCode::Invalid, "{} {} cannot be written: {}", flag, path, error.message());
  return {};
}

}  // namespace

Result<int> run(const SimulateOptions& options, const Surroundings& with) {
  const Result<Times> times = timesOf(options, with.clock.wall());
  if (!times) return fail(times.error());
  const Result<api::ScaledApp> app = autoscaledApp(options.file);
  if (!app) return fail(app.error());
  const Result<simulate::Load> load = loadOf(*app, options, *times, with);
  if (!load) return fail(load.error());
  const Result<simulate::Run> first = runOf(*app, *load, options, *times);
  if (!first) return fail(first.error());

  const simulate::Scale scale = simulate::scaleOf(*app->spec.autoscaling);
  std::string text = simulate::renderChart(*first, scale) + "\n";
  std::vector<simulate::NamedRun> shown{{options.file, *first}};
  std::optional<simulate::Run> second;
  if (options.against.empty()) {
    text += simulate::renderSummary(simulate::summarise(*first));
  } else {
    const Result<api::ScaledApp> other = autoscaledApp(options.against);
    if (!other) return fail(other.error());
    Result<simulate::Run> run = runOf(*other, *load, options, *times);
    if (!run) return fail(run.error().in("{}", options.against));
    second = *std::move(run);
    shown.push_back({options.against, *second});
    const auto shortName = [](const std::string& path) { return std::filesystem::path(path).filename().string(); };
    text += simulate::renderComparison(shortName(options.file), simulate::summarise(*first), shortName(options.against),
                                       simulate::summarise(*second));
  }
  if (!options.svg.empty()) {
    if (const Result<void> written = write("--svg", options.svg, simulate::renderSvg(shown, scale)); !written) {
      return fail(written.error());
    }
  }
  if (!options.csv.empty()) {
    if (const Result<void> written = write("--csv", options.csv, simulate::renderCsv(*first)); !written) {
      return fail(written.error());
    }
  }
  with.print(text);
  return 0;
}

}  // namespace tidewright::cli
