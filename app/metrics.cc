#include "app/metrics.h"

#include <limits>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace tidewright::app {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr auto relaxed = std::memory_order_relaxed;

MetricFamily requests(const Board& board) {
  MetricFamily family{"http_requests_total",
                      "Requests answered, by status code; probes and scrapes are not counted.",
                      MetricType::Counter,
                      {}};
  for (std::size_t code = 0; code < board.requests.size(); ++code) {
    const auto value = board.requests[code].load(relaxed);
    // 200 is there from the start: without a first sample, rate() would miss the first requests.
    if (value == 0 && code != 200) continue;
    ClientMetric metric;
    metric.label = {{"code", std::to_string(code)}};
    metric.counter.value = static_cast<double>(value);
    family.metric.push_back(std::move(metric));
  }
  return family;
}

MetricFamily durations(const Board& board) {
  ClientMetric metric;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < board.durations.size(); ++i) {
    sum += board.durations[i].load(relaxed);
    const double bound = i < kDurationBounds.size() ? kDurationBounds[i] : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({sum, bound});
  }
  metric.histogram.sample_count = sum;
  metric.histogram.sample_sum = static_cast<double>(board.durationMicros.load(relaxed)) / 1e6;
  return {
      "http_request_duration_seconds", "From the request read to its answer written.", MetricType::Histogram, {metric}};
}

MetricFamily single(const char* name, const char* help, MetricType type, double value) {
  ClientMetric metric;
  metric.gauge.value = value;
  metric.counter.value = value;
  return {name, help, type, {metric}};
}

double total(const Board& board, std::atomic<std::int64_t> Slot::*gauge) {
  std::int64_t sum = 0;
  for (const Slot& slot : board.slots) sum += (slot.*gauge).load(relaxed);
  return static_cast<double>(sum);
}

}  // namespace

std::string renderMetrics(const Board& board, std::optional<double> capacity) {
  std::vector<MetricFamily> families{
      requests(board),
      durations(board),
      single("http_requests_in_flight", "Requests read and not yet answered.", MetricType::Gauge,
             total(board, &Slot::inFlight)),
      single("app_queue_depth", "Requests in flight that wait for CPU or use it.", MetricType::Gauge,
             total(board, &Slot::queueDepth)),
      single("app_connections", "Open connections.", MetricType::Gauge, total(board, &Slot::connections)),
      single("app_process_starts_total", "Serving processes started.", MetricType::Counter,
             static_cast<double>(board.starts.load(relaxed)))};
  if (capacity) {
    families.push_back(single("app_capacity_rps", "Requests a second that GET / can reach on this instance's CPU.",
                              MetricType::Gauge, *capacity));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tidewright::app
