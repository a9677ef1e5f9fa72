#include "simulate/query_range.h"

#include <charconv>
#include <cmath>
#include <map>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidewright::simulate {
namespace {

using Json = nlohmann::json;

std::string textAt(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool matches(const Json& series, const std::map<std::string, std::string>& select) {
  const Json metric = series.value("metric", Json::object());
  for (const auto& [label, value] : select) {
    if (!metric.is_object() || textAt(metric, label.c_str()) != value) return false;
  }
  return true;
}

/// [1700000000.1, "2.5"]
std::optional<Point> pointIn(const Json& pair) {
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string()) return std::nullopt;
  const auto seconds = pair[0].get<double>();
  std::string_view text = pair[1].get_ref<const std::string&>();
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(seconds >= 0 && seconds < 9e9)) return std::nullopt;
  return Point{WallTime(std::chrono::milliseconds(std::llround(seconds * 1000))),
               std::isfinite(value) ? std::optional(value) : std::nullopt};
}

/// Adds one series to the sums by time. A time at which one of them is no number has no sum.
Result<void> addUp(const Json& values, std::map<WallTime, std::optional<double>>& sums) {
  if (!values.is_array()) return fail(ErrorCode::Invalid, "a series of the answer has no values");
  for (const Json& pair : values) {
    const std::optional<Point> point = pointIn(pair);
    if (!point) return fail(ErrorCode::Invalid, "a series of the answer has a value that is no number");
    const auto [sum, isNew] = sums.emplace(point->at, point->value);
    if (isNew) continue;
    sum->second = sum->second && point->value ? std::optional(*sum->second + *point->value) : std::nullopt;
  }
  return {};
}

}  // namespace

Result<Series> readQueryRange(std::string_view body, const api::Query& query) {
  const Json answer = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) return fail(ErrorCode::Invalid, "the answer is not JSON");
  if (const std::string status = textAt(answer, "status"); status != "success") {
    return fail(ErrorCode::Invalid, "status \"{}\": {}", status, textAt(answer, "error"));
  }
  const Json data = answer.value("data", Json());
  const Json result = data.is_object() ? data.value("result", Json()) : Json();
  if (!data.is_object() || textAt(data, "resultType") != "matrix" || !result.is_array()) {
    return fail(ErrorCode::Invalid, "the result is not a matrix; ask query_range");
  }
  std::map<WallTime, std::optional<double>> sums;
  int found = 0;
  for (const Json& series : result) {
    if (!series.is_object() || !matches(series, query.select)) continue;
    if (++found > 1 && query.aggregate != api::Aggregate::Sum) {
      return fail(ErrorCode::Invalid,
                  "the query gives several series; choose one with select, or write aggregate: Sum");
    }
    if (const Result<void> added = addUp(series.value("values", Json()), sums); !added) return fail(added.error());
  }
  if (sums.empty()) return fail(ErrorCode::Invalid, "the query gives no series in that time");
  Series series;
  series.reserve(sums.size());
  for (const auto& [at, value] : sums) series.push_back({at, value});
  return series;
}

}  // namespace tidewright::simulate
