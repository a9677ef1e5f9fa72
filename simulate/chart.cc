#include "simulate/chart.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "operator/timestamp.h"
#include "simulate/buckets.h"

namespace tidewright::simulate {
namespace {

constexpr int kRows = 14;
constexpr std::size_t kColumns = 60;  ///< With 7 for the left axis and 11 for the right one: 80
constexpr double kLargest = 1e9;      ///< More pods than any picture needs

/// The pods at the top of the picture: a whole number a row if there are many, so that the axis reads well.
double topOf(const std::vector<Bucket>& buckets) {
  double top = 1;
  for (const Bucket& bucket : buckets) {
    top = std::max({top, static_cast<double>(bucket.most), std::min(bucket.needed.value_or(0), kLargest)});
  }
  return top <= kRows ? kRows : std::ceil(top / kRows) * kRows;
}

std::string shortNumber(double value) {
  for (const char* suffix : {"", "k", "M", "G", "T"}) {
    if (std::abs(value) < 9999.5) return fmt::format("{:.4g}{}", value, suffix);
    value /= 1000;
  }
  return fmt::format("{:.3g}P", value);
}

/// What is drawn of a bucket between `low` and `low + step` pods; `line` says whether the count's line passes there.
const char* glyphOf(const Bucket& bucket, double low, double step) {
  const bool isLine = bucket.fewest <= low + step && bucket.most > low;
  const double needed = bucket.needed.value_or(0);
  const bool isBar = needed > low + step / 2;
  if (isBar && low >= bucket.most) return "█";
  if (low == 0 && bucket.most == 0) return "_";
  if (isLine) return bucket.underCapacity && isBar ? "█" : "━";
  return isBar ? "░" : " ";
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

Scale scaleOf(const api::Autoscaling& policy) {
  for (const api::Metric& metric : policy.metrics) {
    if (metric.target.type == api::Target::Type::AverageValue) return {metric.name, metric.target.value.value()};
  }
  return {};
}

std::string renderChart(const Run& run, const Scale& scale) {
  const std::vector<Bucket> buckets = bucketsOf(run, kColumns);
  if (buckets.empty()) return "nothing to show\n";
  const double top = topOf(buckets), step = top / kRows;
  std::string out = padded("  pods", 67) + scale.metric.substr(0, 12) + "\n";
  for (int row = kRows - 1; row >= 0; --row) {
    const double low = row * step;
    // Every second row has its numbers, and the top.
    const bool labelled = (kRows - 1 - row) % 2 == 0;
    out += labelled ? fmt::format("{:>6}┤", shortNumber(low + step)) : "      │";
    for (std::size_t column = 0; column < kColumns; ++column) {
      out += glyphOf(buckets[column * buckets.size() / kColumns], low, step);
    }
    out += labelled && scale.perPod > 0 ? fmt::format("├{}", shortNumber((low + step) * scale.perPod)) : "│";
    out += '\n';
  }
  out += "      └";
  for (std::size_t i = 0; i < kColumns; ++i) out += "─";
  out += "┘\n";
  out += fmt::format("       {}{:>40}\n", formatTimestamp(run.ticks.front().at), formatTimestamp(run.ticks.back().at));
  out += "       ━ pods asked for   ░ pods the load needs   █ more than were ready\n";
  return out;
}

}  // namespace tidewright::simulate
