#include "operator/prometheus/answer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidewright::prometheus {
namespace {

using Json = nlohmann::json;

const Json& at(const Json& object, const char* key) {
  static const Json kAbsent;
  if (!object.is_object()) return kAbsent;
  const auto found = object.find(key);
  return found == object.end() ? kAbsent : *found;
}

std::string text(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

/// Enough of a foreign body to recognise it by, in one line.
std::string glimpse(std::string_view body) {
  std::string line(body.substr(0, 120));
  std::ranges::replace_if(
      line, [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  return line;
}

/// Prometheus has no field for it, so the words of those who give parts of an answer are what there is: Thanos and
/// its stores, remote reads, and whoever says "partial".
bool announcesPartial(std::string warning) {
  std::ranges::transform(warning, warning.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 6> kWords = {"partial",     "incomplete",  "storeapi",
                                                      "remote read", "remote_read", "receive series from"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return warning.contains(word); });
}

void readWarnings(const Json& body, Answer& answer) {
  for (const Json& warning : at(body, "warnings")) {
    if (!answer.warnings.empty()) answer.warnings += "; ";
    answer.warnings += text(warning);
    answer.partial = answer.partial || announcesPartial(text(warning));
  }
  // VictoriaMetrics says it outright.
  const Json& partial = at(body, "isPartial");
  if (partial.is_boolean() && partial.get<bool>()) answer.partial = true;
}

/// "1.5", "1e9", "NaN", "+Inf", "-Inf"
std::optional<double> number(std::string_view value) {
  if (value.starts_with('+')) value.remove_prefix(1);
  double out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return out;
}

/// [1700000000.123, "1.5"] into `series` and the answer's time.
bool readValue(const Json& pair, Series& series, Answer& answer) {
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string()) return false;
  const auto seconds = pair[0].get<double>();
  const std::optional<double> value = number(pair[1].get_ref<const std::string&>());
  if (!value || !(std::abs(seconds) < 9e9)) return false;
  series.value = *value;
  answer.evaluatedAt = WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000.0)));
  return true;
}

std::string indexKey(std::string_view label, std::string_view value) { return fmt::format("{}\xff{}", label, value); }

Result<void> readVector(const Json& result, Answer& answer) {
  answer.series.reserve(result.size());
  for (const Json& item : result) {
    Series series;
    if (!readValue(at(item, "value"), series, answer)) {
      return fail(ErrorCode::Invalid, "a series without a number: {}", glimpse(item.dump()));
    }
    const Json& metric = at(item, "metric");
    if (metric.is_object()) {
      for (const auto& [label, value] : metric.items()) {
        series.labels.emplace(label, text(value));
        answer.byLabel.emplace(indexKey(label, text(value)), static_cast<std::uint32_t>(answer.series.size()));
      }
    }
    answer.series.push_back(std::move(series));
  }
  return {};
}

Result<void> readData(const Json& data, Answer& answer) {
  const std::string type = text(at(data, "resultType"));
  const Json& result = at(data, "result");
  if (type == "vector" && result.is_array()) return readVector(result, answer);
  if (type == "scalar") {
    answer.scalar = true;
    Series series;
    if (!readValue(result, series, answer)) {
      return fail(ErrorCode::Invalid, "a scalar without a number: {}", glimpse(result.dump()));
    }
    answer.series.push_back(std::move(series));
    return {};
  }
  return fail(ErrorCode::Invalid, "the result is a \"{}\"; a query must give a scalar or an instant vector", type);
}

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

Result<Answer> parseAnswer(const http::Response& response, WallTime now) {
  const Json body = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  const std::string status = text(at(body, "status"));
  if (response.status < 200 || response.status > 299) {
    const std::string why = text(at(body, "error"));
    return fail(ErrorCode::Unavailable, "HTTP {}{}{}", response.status, why.empty() ? "" : ": ", why);
  }
  if (!body.is_object() || status.empty()) {
    return fail(ErrorCode::Invalid, "the answer is not Prometheus': \"{}\"", glimpse(response.body));
  }
  if (status != "success") {
    return fail(ErrorCode::Unavailable, "status \"{}\": {}: {}", status, text(at(body, "errorType")),
                text(at(body, "error")));
  }
  Answer answer{.evaluatedAt = now};
  readWarnings(body, answer);
  if (const Result<void> read = readData(at(body, "data"), answer); !read) return fail(read.error());
  return answer;
}

api::Sample readSample(const Answer& answer, const api::Query& query, WallTime now) {
  using api::Unknown;
  if (answer.partial) {
    return Unknown{"the answer is partial" + (answer.warnings.empty() ? "" : ": " + answer.warnings)};
  }
  if (const auto age = now - answer.evaluatedAt; age > query.maxAge) {
    return Unknown{fmt::format("the answer was evaluated {} ago, more than {}",
                               std::chrono::duration_cast<std::chrono::seconds>(age), query.maxAge)};
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
