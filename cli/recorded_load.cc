#include "cli/recorded_load.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "operator/api/placeholders.h"
#include "operator/http/url.h"
#include "simulate/query_range.h"
#include "simulate/samples.h"

namespace tidewright::cli {
namespace {

/// Prometheus refuses more points of a series in one answer.
constexpr int64_t kMostPoints = 11'000;
constexpr std::chrono::minutes kPatience{2};
constexpr std::size_t kLargestAnswer = std::size_t{64} << 20;

Result<simulate::Series> seriesIn(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::NotFound, "{} cannot be read", path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Result<simulate::Series> series = simulate::readSamples(text);
  if (!series) return fail(series.error().in("{}", path));
  return series;
}

Result<simulate::Series> askFor(const api::Query& query, http::Transport& server, const Past& past,
                                std::chrono::seconds step, const std::stop_token& stop) {
  simulate::Series all;
  for (WallTime from = past.from; from <= past.to; from += step * kMostPoints) {
    const WallTime to = std::min(past.to, from + step * (kMostPoints - 1));
    const auto unix = [](WallTime time) {
      return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
    };
    const http::Query parameters{
        {"query", query.query}, {"start", unix(from)}, {"end", unix(to)}, {"step", std::to_string(step.count())}};
    const http::Request request{.method = "POST",
                                .target = "/api/v1/query_range",
                                .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                                .body = http::withQuery("", parameters).substr(1),
                                .timeout = kPatience,
                                .largestBody = kLargestAnswer};
    const Result<http::Response> answer = server.send(request, stop);
    if (!answer) return fail(answer.error());
    const Result<simulate::Series> part = simulate::readQueryRange(answer->body, query);
    if (!part && answer->status != 200) {
      return fail(part.error().code(), "HTTP {}: {}", answer->status, part.error().message());
    }
    if (!part) return fail(part.error());
    all.insert(all.end(), part->begin(), part->end());
  }
  return all;
}

}  // namespace

Result<simulate::Load> loadFromFiles(const api::ScaledApp& app, const std::vector<std::string>& samples) {
  const std::vector<api::Metric>& metrics = app.spec.autoscaling->metrics;
  simulate::Load load;
  for (const std::string& one : samples) {
    const std::size_t equals = one.find('=');
    const std::string metric = equals == std::string::npos ? metrics.front().name : one.substr(0, equals);
    if (equals == std::string::npos && metrics.size() > 1) {
      return fail(ErrorCode::Invalid, "--samples {}: {} has {} metrics; write METRIC=FILE for each", one, app.name,
                  metrics.size());
    }
    if (std::ranges::find(metrics, metric, &api::Metric::name) == metrics.end()) {
      return fail(ErrorCode::Invalid, "--samples {}: {} has no metric {}", one, app.name, metric);
    }
    Result<simulate::Series> series = seriesIn(equals == std::string::npos ? one : one.substr(equals + 1));
    if (!series) return fail(series.error());
    load.metrics[metric] = *std::move(series);
  }
  for (const api::Metric& metric : metrics) {
    if (load.metrics.contains(metric.name)) continue;
    return fail(ErrorCode::Invalid, "there are no samples of metric {}; add --samples {}=FILE", metric.name,
                metric.name);
  }
  return load;
}

Result<simulate::Load> loadFromPrometheus(const api::ScaledApp& app, http::Transport& server, Past past,
                                          std::stop_token stop) {
  const api::Autoscaling& policy = *app.spec.autoscaling;
  const api::Placeholders values{.app = app.name, .ns = app.ns};
  simulate::Load load;
  const auto ask = [&](api::Query query) {
    query.query = api::fillIn(query.query, values);
    return askFor(query, server, past, policy.poll, stop);
  };
  for (const api::Metric& metric : policy.metrics) {
    Result<simulate::Series> series = ask(metric.prometheus);
    if (!series) return fail(series.error().in("metric {}", metric.name));
    load.metrics[metric.name] = *std::move(series);
  }
  if (policy.panic) {
    Result<simulate::Series> series = ask(policy.panic->query);
    if (!series) return fail(series.error().in("the panic query"));
    load.panic = *std::move(series);
  }
  return load;
}

}  // namespace tidewright::cli
