#include "operator/prometheus/answer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace tidewright::prometheus {
namespace {

std::string indexKey(std::string_view label, std::string_view value) { return fmt::format("{}\xff{}", label, value); }

bool matches(const Series& series, const std::map<std::string, std::string>& select) {
  return std::ranges::all_of(select, [&](const auto& wanted) {
    const auto label = series.labels.find(wanted.first);
    return label != series.labels.end() && label->second == wanted.second;
  });
}

std::vector<double> chosen(const Answer& answer, const std::map<std::string, std::string>& select) {
  std::vector<double> values;
  if (select.empty()) {
    for (const Series& series : answer.series) values.push_back(series.value);
    return values;
  }
  const auto [first, last] = answer.byLabel.equal_range(indexKey(select.begin()->first, select.begin()->second));
  for (auto candidate = first; candidate != last; ++candidate) {
    const Series& series = answer.series[candidate->second];
    if (matches(series, select)) values.push_back(series.value);
  }
  return values;
}

std::string describe(const std::map<std::string, std::string>& select) {
  std::string out;
  for (const auto& [label, value] : select) out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ", ", label, value);
  return "{" + out + "}";
}

}  // namespace

void indexByLabel(Answer& answer) {
  for (std::uint32_t i = 0; i < answer.series.size(); ++i) {
    for (const auto& [label, value] : answer.series[i].labels) answer.byLabel.emplace(indexKey(label, value), i);
  }
}

api::Sample readSample(const Answer& answer, const api::Query& query, WallTime now) {
  using api::Unknown;
  if (answer.partial) {
    return Unknown{"the answer is partial" + (answer.warnings.empty() ? "" : ": " + answer.warnings)};
  }
  if (now - answer.evaluatedAt > query.maxAge) {
    // Not how long ago: a text that changes at every look would be written to the status at every look.
    return Unknown{fmt::format("the answer was evaluated at {:%FT%TZ}, more than {} ago",
                               std::chrono::floor<std::chrono::seconds>(answer.evaluatedAt), query.maxAge)};
  }
  if (answer.scalar && !query.select.empty()) {
    return Unknown{"select " + describe(query.select) + " cannot choose from a scalar, which has no labels"};
  }
  const std::vector<double> values = chosen(answer, query.select);
  if (values.empty()) {
    const std::string which = query.select.empty() ? "" : " with " + describe(query.select);
    return Unknown{.reason = "the query gives no series" + which, .noSeries = true};
  }
  if (values.size() > 1 && query.aggregate != api::Aggregate::Sum) {
    return Unknown{
        fmt::format("the query gives {} series; choose one with select, or write aggregate: Sum", values.size())};
  }
  double sum = 0;
  for (const double value : values) sum += value;
  if (!std::isfinite(sum)) return Unknown{fmt::format("the value is {}", std::isnan(sum) ? "NaN" : "infinite")};
  return api::Number{.value = sum, .warnings = answer.warnings};
}

}  // namespace tidewright::prometheus
