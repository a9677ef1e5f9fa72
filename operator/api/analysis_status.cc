#include "operator/api/analysis_status.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "operator/api/stored.h"

namespace tidewright::api {
namespace {

using Phase = MetricAnalysis::Phase;
using Result = Measurement::Result;

constexpr std::array<std::pair<std::string_view, Phase>, 5> kPhases{{{"Running", Phase::Running},
                                                                     {"Successful", Phase::Successful},
                                                                     {"Inconclusive", Phase::Inconclusive},
                                                                     {"Error", Phase::Error},
                                                                     {"Failed", Phase::Failed}}};
constexpr std::array<std::pair<std::string_view, Result>, 5> kResults{{{"Successful", Result::Successful},
                                                                       {"Failed", Result::Failed},
                                                                       {"Inconclusive", Result::Inconclusive},
                                                                       {"Ignored", Result::Ignored},
                                                                       {"Error", Result::Error}}};

template <class E, size_t N>
std::string_view nameOf(const std::array<std::pair<std::string_view, E>, N>& names, E wanted) {
  for (const auto& [name, e] : names) {
    if (e == wanted) return name;
  }
  return {};
}

template <class E, size_t N>
std::optional<E> named(const std::array<std::pair<std::string_view, E>, N>& names, const std::string& wanted) {
  for (const auto& [name, e] : names) {
    if (name == wanted) return e;
  }
  return std::nullopt;
}

nlohmann::json measurementJson(const Measurement& measurement) {
  nlohmann::json out{{"at", formatMicroTime(measurement.at)}, {"result", toString(measurement.result)}};
  if (measurement.value) out["value"] = *measurement.value;
  if (!measurement.message.empty()) out["message"] = measurement.message;
  return out;
}

std::optional<Measurement> readMeasurement(const Stored& stored) {
  const std::optional<Result> result = named(kResults, stored.text("result"));
  const std::optional<WallTime> at = stored.time("at");
  if (!result || !at) return std::nullopt;
  Measurement measurement{.result = *result, .at = *at, .value = {}, .message = stored.text("message")};
  if (const nlohmann::json& value = stored.at("value"); value.is_number()) measurement.value = value.get<double>();
  return measurement;
}

std::optional<MetricAnalysis> readMetric(const Stored& stored) {
  const std::optional<Phase> phase = named(kPhases, stored.text("phase"));
  const std::optional<WallTime> startedAt = stored.time("startedAt");
  if (stored.text("name").empty() || !phase || !startedAt) return std::nullopt;
  MetricAnalysis metric{.name = stored.text("name"),
                        .phase = *phase,
                        .step = stored.optionalCount("step"),
                        .startedAt = *startedAt,
                        .successful = stored.count("successful"),
                        .failed = stored.count("failed"),
                        .inconclusive = stored.count("inconclusive"),
                        .ignored = stored.count("ignored"),
                        .consecutiveErrors = stored.count("consecutiveErrors"),
                        .measurements = {},
                        .message = stored.text("message")};
  if (const nlohmann::json& list = stored.at("measurements"); list.is_array()) {
    for (const nlohmann::json& item : list) {
      if (const std::optional<Measurement> one = readMeasurement(Stored(item))) metric.measurements.push_back(*one);
    }
  }
  return metric;
}

}  // namespace

std::string_view toString(Measurement::Result result) { return nameOf(kResults, result); }
std::string_view toString(MetricAnalysis::Phase phase) { return nameOf(kPhases, phase); }

nlohmann::json toJson(const std::vector<MetricAnalysis>& analysis) {
  nlohmann::json out = nlohmann::json::array();
  for (const MetricAnalysis& metric : analysis) {
    nlohmann::json item{
        {"name", metric.name}, {"phase", toString(metric.phase)}, {"startedAt", formatMicroTime(metric.startedAt)}};
    const auto count = [&item](const char* name, int32_t value) {
      if (value != 0) item[name] = value;
    };
    if (metric.step) item["step"] = *metric.step;
    count("successful", metric.successful);
    count("failed", metric.failed);
    count("inconclusive", metric.inconclusive);
    count("ignored", metric.ignored);
    count("consecutiveErrors", metric.consecutiveErrors);
    if (!metric.message.empty()) item["message"] = metric.message;
    for (const Measurement& one : metric.measurements) {
      item["measurements"].push_back(measurementJson(one));
      if (one.value) item["lastValue"] = *one.value;
    }
    if (!metric.measurements.empty()) item["finishedAt"] = formatMicroTime(metric.measurements.back().at);
    out.push_back(std::move(item));
  }
  return out;
}

std::vector<MetricAnalysis> parseAnalysisStatus(const nlohmann::json& value) {
  std::vector<MetricAnalysis> out;
  if (!value.is_array()) return out;
  for (const nlohmann::json& item : value) {
    if (std::optional<MetricAnalysis> metric = readMetric(Stored(item))) out.push_back(*std::move(metric));
  }
  return out;
}

}  // namespace tidewright::api
