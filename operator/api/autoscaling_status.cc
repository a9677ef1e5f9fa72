#include "operator/api/autoscaling_status.h"

#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

#include "operator/timestamp.h"

namespace tidewright::api {
namespace {

using nlohmann::json;

std::optional<WallTime> readTime(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_string()) return std::nullopt;
  const Result<WallTime> time = parseTimestamp(it->get_ref<const std::string&>());
  return time ? std::optional(*time) : std::nullopt;
}

int64_t secondsOf(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); }

/// Takes a number off the front of `text`.
template <class T>
std::optional<T> takeNumber(std::string_view& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// "@1763698429", and nothing behind it.
std::optional<WallTime> takeMoment(std::string_view text) {
  if (!text.starts_with('@')) return std::nullopt;
  text.remove_prefix(1);
  const std::optional<int64_t> count = takeNumber<int64_t>(text);
  // What nanoseconds can hold; beyond is no time that we wrote.
  constexpr int64_t kLast = 9'000'000'000;
  if (!count || !text.empty() || std::abs(*count) > kLast) return std::nullopt;
  return WallTime(std::chrono::seconds(*count));
}

std::string recommendationText(const Recommendation& r) {
  if (r.lowest == r.highest) return fmt::format("{}@{}", r.highest, secondsOf(r.at));
  return fmt::format("{}-{}@{}", r.lowest, r.highest, secondsOf(r.at));
}

std::optional<Recommendation> readRecommendation(std::string_view text) {
  const std::optional<int32_t> lowest = takeNumber<int32_t>(text);
  std::optional<int32_t> highest = lowest;
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    highest = takeNumber<int32_t>(text);
  }
  const std::optional<WallTime> at = takeMoment(text);
  if (!lowest || !highest || !at || *lowest < 0 || *highest < *lowest) return std::nullopt;
  return Recommendation{*at, *lowest, *highest};
}

std::optional<ScaleEvent> readEvent(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const std::optional<int32_t> change = takeNumber<int32_t>(text);
  const std::optional<WallTime> at = takeMoment(text);
  if (!change || !at || *change == 0) return std::nullopt;
  return ScaleEvent{*at, *change};
}

/// What `read` makes of each text of a list, in the order of time.
template <class T, class F>
std::vector<T> readMoments(const json& object, const char* name, F read) {
  std::vector<T> all;
  const auto list = object.find(name);
  if (list == object.end() || !list->is_array()) return all;
  for (const json& item : *list) {
    if (!item.is_string()) continue;
    if (const std::optional<T> one = read(item.get_ref<const std::string&>())) all.push_back(*one);
  }
  std::ranges::stable_sort(all, {}, &T::at);
  return all;
}

std::string readText(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::optional<int32_t> readCount(const json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_integer()) return std::nullopt;
  const double value = it->get<double>();
  if (value < 0 || value > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return it->get<int32_t>();
}

/// The objects of a list; nothing else.
std::vector<const json*> readObjects(const json& object, const char* name) {
  std::vector<const json*> all;
  const auto list = object.find(name);
  if (list == object.end() || !list->is_array()) return all;
  for (const json& item : *list) {
    if (item.is_object()) all.push_back(&item);
  }
  return all;
}

void writeSample(json& into, const Sample& sample) {
  if (const Number* number = std::get_if<Number>(&sample)) {
    into["value"] = number->value;
    if (!number->warnings.empty()) into["warnings"] = number->warnings;
  } else {
    into["unknownReason"] = std::get<Unknown>(sample).reason;
  }
}

Sample readSample(const json& object) {
  const auto value = object.find("value");
  if (value != object.end() && value->is_number()) return Number{value->get<double>(), readText(object, "warnings")};
  return Unknown{readText(object, "unknownReason")};
}

json decisionJson(const LastDecision& decision) {
  json out{{"time", formatTimestamp(decision.time)},
           {"current", decision.current},
           {"readyPods", decision.readyPods},
           {"metrics", json::array()},
           {"steps", json::array()},
           {"result", decision.result}};
  for (const MetricTrace& metric : decision.metrics) {
    json item{{"name", metric.name}, {"target", metric.target}, {"why", metric.why}};
    writeSample(item, metric.sample);
    if (metric.proposal) item["proposal"] = *metric.proposal;
    out["metrics"].push_back(std::move(item));
  }
  for (const TraceStep& step : decision.steps) {
    out["steps"].push_back({{"step", step.step}, {"from", step.from}, {"to", step.to}, {"why", step.why}});
  }
  return out;
}

std::optional<LastDecision> readDecision(const json& object) {
  const std::optional<WallTime> time = readTime(object, "time");
  const std::optional<int32_t> current = readCount(object, "current"), result = readCount(object, "result");
  if (!time || !current || !result) return std::nullopt;
  LastDecision decision{
      .time = *time, .current = *current, .readyPods = readCount(object, "readyPods").value_or(0), .result = *result};
  for (const json* metric : readObjects(object, "metrics")) {
    decision.metrics.push_back({.name = readText(*metric, "name"),
                                .sample = readSample(*metric),
                                .target = readText(*metric, "target"),
                                .proposal = readCount(*metric, "proposal"),
                                .why = readText(*metric, "why")});
  }
  for (const json* step : readObjects(object, "steps")) {
    decision.steps.push_back({.step = readText(*step, "step"),
                              .from = readCount(*step, "from").value_or(0),
                              .to = readCount(*step, "to").value_or(0),
                              .why = readText(*step, "why")});
  }
  return decision;
}

/// The metrics as of the last decision, each with how long it has been unknown.
json metricsJson(const AutoscalingStatus& status) {
  json metrics = json::array();
  if (!status.lastDecision) return metrics;
  for (const MetricTrace& metric : status.lastDecision->metrics) {
    json item{{"name", metric.name}};
    writeSample(item, metric.sample);
    const auto since = status.history.unknownSince.find(metric.name);
    if (since != status.history.unknownSince.end()) item["unknownSince"] = formatTimestamp(since->second);
    metrics.push_back(std::move(item));
  }
  return metrics;
}

}  // namespace

json toJson(const AutoscalingStatus& status) {
  const ScalingHistory& history = status.history;
  json out{{"metrics", metricsJson(status)}, {"recommendations", json::array()}, {"scaleEvents", json::array()}};
  for (const Recommendation& r : history.recommendations) out["recommendations"].push_back(recommendationText(r));
  for (const ScaleEvent& e : history.scaleEvents) {
    out["scaleEvents"].push_back(fmt::format("{:+}@{}", e.change, secondsOf(e.at)));
  }
  if (status.desiredReplicas) out["desiredReplicas"] = *status.desiredReplicas;
  if (status.lastScaleTime) out["lastScaleTime"] = formatTimestamp(*status.lastScaleTime);
  if (history.idleSince) out["idleSince"] = formatTimestamp(*history.idleSince);
  if (history.panic) {
    out["panic"] = json::object();
    if (history.panic->calmSince) out["panic"]["calmSince"] = formatTimestamp(*history.panic->calmSince);
  }
  if (status.lastDecision) out["lastDecision"] = decisionJson(*status.lastDecision);
  return out;
}

AutoscalingStatus parseAutoscalingStatus(const json& value) {
  AutoscalingStatus status;
  if (!value.is_object()) return status;
  status.desiredReplicas = readCount(value, "desiredReplicas");
  status.lastScaleTime = readTime(value, "lastScaleTime");
  status.history.recommendations = readMoments<Recommendation>(value, "recommendations", readRecommendation);
  status.history.scaleEvents = readMoments<ScaleEvent>(value, "scaleEvents", readEvent);
  status.history.idleSince = readTime(value, "idleSince");
  for (const json* metric : readObjects(value, "metrics")) {
    if (const auto since = readTime(*metric, "unknownSince")) {
      status.history.unknownSince.emplace(readText(*metric, "name"), *since);
    }
  }
  if (const auto panic = value.find("panic"); panic != value.end() && panic->is_object()) {
    status.history.panic = PanicState{readTime(*panic, "calmSince")};
  }
  if (const auto decision = value.find("lastDecision"); decision != value.end() && decision->is_object()) {
    status.lastDecision = readDecision(*decision);
  }
  return status;
}

}  // namespace tidewright::api
