#include "simulate/run.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operator/decide/autoscale.h"

namespace tidewright::simulate {
namespace {

using std::chrono::seconds;

constexpr int64_t kMostTicks = 2'000'000;

/// Pods that were asked for and when they are ready.
class Pods {
 public:
  Pods(int32_t ready, seconds startup) : ready_(ready), startup_(startup) {}

  [[nodiscard]] int32_t readyAt(WallTime now) {
    while (!starting_.empty() && starting_.front().readyAt <= now) {
      ready_ += starting_.front().count;
      starting_.pop_front();
    }
    return ready_;
  }

  void change(int32_t by, WallTime now) {
    if (by > 0) starting_.push_back({now + startup_, by});
    // Those that serve nobody yet go first.
    while (by < 0 && !starting_.empty()) {
      const int32_t gone = std::min(-by, starting_.back().count);
      starting_.back().count -= gone;
      by += gone;
      if (starting_.back().count == 0) starting_.pop_back();
    }
    if (by < 0) ready_ += by;
  }

 private:
  struct Starting {
    WallTime readyAt;
    int32_t count = 0;
  };
  int32_t ready_;
  const seconds startup_;
  std::deque<Starting> starting_;
};

Result<std::pair<WallTime, WallTime>> timeOf(const Load& load, const Options& options) {
  std::optional<WallTime> first = options.from, last = options.to;
  for (const auto& [name, series] : load.metrics) {
    if (series.empty()) continue;
    if (!options.from && (!first || series.front().at < *first)) first = series.front().at;
    if (!options.to && (!last || series.back().at > *last)) last = series.back().at;
  }
  if (!first || !last || *last < *first) return fail(ErrorCode::Invalid, "there is no load in the time asked for");
  return std::pair{std::chrono::floor<seconds>(*first), *last};
}

/// When to look.
Result<std::vector<WallTime>> ticksOf(const api::Autoscaling& policy, const Load& load, const Options& options) {
  const auto time = timeOf(load, options);
  if (!time) return fail(time.error());
  std::vector<WallTime> ticks;
  const auto tooMany = [](int64_t count) {
    return fail(ErrorCode::Invalid, "that would be {} ticks, and {} are the most: take a shorter time or a longer poll",
                count, kMostTicks);
  };
  if (options.atSamples) {
    std::set<WallTime> all;
    for (const auto& [name, series] : load.metrics) {
      for (const Point& point : series) all.insert(point.at);
    }
    std::ranges::copy_if(all, std::back_inserter(ticks),
                         [&](WallTime at) { return at >= time->first && at <= time->second; });
    if (ticks.empty()) return fail(ErrorCode::Invalid, "there is no sample in the time asked for");
    if (std::ssize(ticks) > kMostTicks) return tooMany(std::ssize(ticks));
    return ticks;
  }
  const int64_t count = (time->second - time->first) / policy.poll + 1;
  if (count > kMostTicks) return tooMany(count);
  ticks.reserve(static_cast<std::size_t>(count));
  for (WallTime at = time->first; at <= time->second; at += policy.poll) ticks.push_back(at);
  return ticks;
}

std::optional<double> neededPods(const api::Autoscaling& policy, const std::vector<std::optional<double>>& values) {
  std::optional<double> most;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const api::Target& target = policy.metrics[i].target;
    if (target.type != api::Target::Type::AverageValue || !values[i]) continue;
    most = std::max(most.value_or(0), *values[i] / target.value.value());
  }
  return most;
}

std::string whyOf(const api::LastDecision& decision) {
  if (decision.result == decision.current || decision.steps.empty()) return {};
  std::string why;
  for (const api::TraceStep& step : decision.steps) {
    why += fmt::format("{}{}: {} to {} ({})", why.empty() ? "" : "; ", step.step, step.from, step.to, step.why);
  }
  return why;
}

api::Sample sampleOf(std::optional<double> value) {
  if (value) return api::Number{.value = *value};
  return api::Unknown{.reason = "nothing was recorded at that time", .noSeries = true};
}

}  // namespace

Result<Run> simulate(api::Autoscaling policy, const Load& load, const Options& options) {
  policy.mode = api::ScalingMode::Active;
  Run run{.start = options.start, .poll = policy.poll};
  std::vector<Playback> playbacks;
  for (const api::Metric& metric : policy.metrics) {
    const auto series = load.metrics.find(metric.name);
    if (series == load.metrics.end() || series->second.empty()) {
      return fail(ErrorCode::Invalid, "there are no samples for the metric \"{}\"", metric.name);
    }
    run.metrics.push_back(metric.name);
    playbacks.emplace_back(series->second, reachOf(series->second));
  }
  Playback panic(load.panic, reachOf(load.panic));
  const Result<std::vector<WallTime>> ticks = ticksOf(policy, load, options);
  if (!ticks) return fail(ticks.error());
  run.ticks.reserve(ticks->size());

  api::AutoscalingStatus memory{.desiredReplicas = options.start};
  Pods pods(options.start, options.startup);
  for (const WallTime now : *ticks) {
    Tick tick{.at = now, .ready = pods.readyAt(now)};
    decide::Observed seen{.current = *memory.desiredReplicas, .readyPods = tick.ready, .history = memory.history};
    for (Playback& playback : playbacks) {
      tick.values.push_back(playback.at(now));
      seen.samples.push_back(sampleOf(tick.values.back()));
    }
    if (policy.panic) seen.panicSample = sampleOf(panic.at(now));
    const decide::Decision decision = decide::scale(policy, seen, now);
    decide::remember(decision, policy.behavior, memory);
    pods.change(decision.replicas - seen.current, now);
    tick.desired = decision.replicas;
    tick.needed = neededPods(policy, tick.values);
    tick.why = whyOf(decision.trace);
    run.ticks.push_back(std::move(tick));
  }
  return run;
}

}  // namespace tidewright::simulate
