#include "operator/prometheus/parse_answer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "operator/http/url.h"
#include "operator/prometheus/glimpse.h"

namespace tidewright::prometheus {
namespace {

using Json = nlohmann::json;

/// Prometheus has no field for it, so the words of those who give parts of an answer are what there is: Thanos and
/// its stores, remote reads, and whoever says "partial".
bool announcesPartial(std::string warning) {
  std::ranges::transform(warning, warning.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array<std::string_view, 6> kWords = {"partial",     "incomplete",  "storeapi",
                                                      "remote read", "remote_read", "receive series from"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return warning.contains(word); });
}

/// "1.5", "1e9", "NaN", "+Inf", "-Inf"
std::optional<double> number(std::string_view value) {
  if (value.starts_with('+')) value.remove_prefix(1);
  double out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return out;
}

/// [1700000000.123, "1.5"], element by element.
class Pair {
 public:
  void take(double seconds) {
    ++elements_;
    // Beyond that a time does not fit into nanoseconds.
    if (elements_ == 1 && seconds >= 0 && seconds < 9e9) at_ = seconds;
  }
  void take(std::string_view text) {
    ++elements_;
    if (elements_ == 2) value_ = number(text);
  }
  void takeOther() { elements_ = 3; }

  [[nodiscard]] bool isEmpty() const { return elements_ == 0; }
  [[nodiscard]] bool isWhole() const { return elements_ == 2 && at_ && value_; }
  [[nodiscard]] double value() const { return *value_; }
  [[nodiscard]] WallTime at() const {
    return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(*at_ * 1000.0)));
  }

 private:
  int elements_ = 0;
  std::optional<double> at_, value_;
};

/// What is read of a body. Strings of it may be as long as the body.
struct Body {
  std::string status, errorType, error, resultType;
  std::string warnings;
  bool partial = false;
  bool hasResult = false;
  std::vector<Series> series;
  std::vector<WallTime> evaluatedAt;  ///< One for each series
  Pair scalar;                        ///< The elements of the result that are not series
  bool malformedSeries = false;
};

/// Walks through the body without building a tree of it, so that neither depth nor width costs memory.
class BodyReader final : public nlohmann::json_sax<Json> {
 public:
  [[nodiscard]] Body take() { return std::move(body_); }
  [[nodiscard]] const std::string& tooMuch() const { return tooMuch_; }

  bool null() override { return other(); }
  bool boolean(bool value) override {
    // VictoriaMetrics says outright that parts are missing.
    if (isIn(Place::Body) && key_ == "isPartial" && value) body_.partial = true;
    return other();
  }
  bool number_integer(number_integer_t value) override { return numeric(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return numeric(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return numeric(value); }
  bool binary(binary_t&) override { return other(); }
  bool string(string_t& text) override {
    if (skipped_ > 0) return true;
    switch (place()) {
      case Place::Body: readField(std::move(text)); break;
      case Place::Warnings: readWarning(text); break;
      case Place::Data:
        if (key_ == "resultType") body_.resultType = std::move(text);
        break;
      case Place::Result: body_.scalar.take(std::string_view(text)); break;
      case Place::Value: value_.take(std::string_view(text)); break;
      case Place::Metric:
        if (++labels_ > kMostLabels) return refuse(fmt::format("more than {} labels", kMostLabels));
        body_.series.back().labels.insert_or_assign(key_, std::move(text));
        break;
      case Place::Outside:
      case Place::Series: break;
    }
    return true;
  }
  bool key(string_t& name) override {
    if (skipped_ == 0) key_ = std::move(name);
    return true;
  }
  bool start_object(std::size_t) override { return enter(/*object=*/true); }
  bool start_array(std::size_t) override { return enter(/*object=*/false); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  enum class Place { Outside, Body, Warnings, Data, Result, Series, Metric, Value };

  [[nodiscard]] Place place() const { return places_.empty() ? Place::Outside : places_.back(); }
  [[nodiscard]] bool isIn(Place wanted) const { return skipped_ == 0 && place() == wanted; }

  /// Where an object or array leads from here; nullopt: to nothing that matters.
  [[nodiscard]] std::optional<Place> leadsTo(bool object) const {
    const auto when = [](bool so, Place there) { return so ? std::optional(there) : std::nullopt; };
    switch (place()) {
      case Place::Outside: return when(object, Place::Body);
      case Place::Body:
        return key_ == "data" ? when(object, Place::Data) : when(!object && key_ == "warnings", Place::Warnings);
      case Place::Data: return when(!object && key_ == "result", Place::Result);
      case Place::Result: return when(object, Place::Series);
      case Place::Series:
        return key_ == "metric" ? when(object, Place::Metric) : when(!object && key_ == "value", Place::Value);
      case Place::Warnings:
      case Place::Metric:
      case Place::Value: return std::nullopt;
    }
    return std::nullopt;
  }

  bool enter(bool object) {
    const std::optional<Place> there = skipped_ > 0 ? std::nullopt : leadsTo(object);
    if (!there) {
      other();
      ++skipped_;
      return true;
    }
    places_.push_back(*there);
    // A key that is there twice counts as it is there last.
    if (*there == Place::Result) restartResult();
    if (*there == Place::Value) value_ = {};
    if (*there == Place::Series) {
      if (body_.series.size() == kMostSeries) return refuse(fmt::format("more than {} series", kMostSeries));
      body_.series.emplace_back();
      value_ = {};
    }
    return true;
  }

  bool leave() {
    if (skipped_ > 0) {
      --skipped_;
      return true;
    }
    if (place() == Place::Result) body_.hasResult = true;
    if (place() == Place::Series) {
      body_.malformedSeries = body_.malformedSeries || !value_.isWhole();
      if (value_.isWhole()) {
        body_.series.back().value = value_.value();
        body_.evaluatedAt.push_back(value_.at());
      }
    }
    places_.pop_back();
    return true;
  }

  void restartResult() {
    body_.series.clear();
    body_.evaluatedAt.clear();
    body_.scalar = {};
    body_.malformedSeries = false;
    labels_ = 0;
  }

  bool numeric(double value) {
    if (isIn(Place::Result)) body_.scalar.take(value);
    if (isIn(Place::Value)) value_.take(value);
    return true;
  }

  bool other() {
    if (isIn(Place::Result)) body_.scalar.takeOther();
    if (isIn(Place::Value)) value_.takeOther();
    return true;
  }

  void readField(std::string text) {
    if (key_ == "status") body_.status = std::move(text);
    if (key_ == "errorType") body_.errorType = std::move(text);
    if (key_ == "error") body_.error = std::move(text);
  }

  void readWarning(const std::string& text) {
    body_.partial = body_.partial || announcesPartial(text);
    constexpr std::size_t kMostShown = 500;
    if (body_.warnings.size() > kMostShown) return;
    if (!body_.warnings.empty()) body_.warnings += "; ";
    body_.warnings += glimpse(text);
  }

  bool refuse(std::string what) {
    tooMuch_ = std::move(what);
    return false;
  }

  Body body_;
  std::vector<Place> places_;
  std::size_t skipped_ = 0;  ///< How deep we are in something that does not matter
  std::string key_;
  Pair value_;
  std::size_t labels_ = 0;
  std::string tooMuch_;
};

/// Only the place, never what follows it: the rest of a Location may carry a session's secrets.
std::string targetOf(const http::Response& redirect) {
  const std::string_view location = redirect.header("Location");
  Result<http::Url> url = http::parseUrl(location.substr(0, location.find_first_of("?#")));
  if (!url) return location.starts_with('/') ? "another path of the same server" : "an address that is not said";
  url->path.clear();
  return glimpse(url->toString());
}

/// What a status other than 2xx says.
Error refusalOf(const http::Response& response, const Body& body) {
  const int status = response.status;
  const std::string why = body.error.empty() ? "" : ": " + glimpse(body.error);
  if (status >= 300 && status <= 399 && !response.header("Location").empty()) {
    return Error(ErrorCode::NotFound,
                 fmt::format("HTTP {}: it redirects to {}, which nobody has said to trust, so that is not followed; "
                             "name the right server in serverAddress",
                             status, targetOf(response)));
  }
  const std::string text = fmt::format("HTTP {}{}", status, why);
  if (status == 401) return Error(ErrorCode::Unauthorized, text + "; the server does not know us: check authRef");
  if (status == 403) return Error(ErrorCode::Forbidden, text + "; the server knows us and refuses: check authRef");
  if (status == 429) return Error(ErrorCode::TooMany, text);
  // Prometheus says in its own form when only the query is at fault: too slow, too large.
  const bool ofTheQuery = body.status == "error" && body.errorType != "unavailable";
  if (status >= 500 && !ofTheQuery) return Error(ErrorCode::Unavailable, text);
  return Error(ErrorCode::Invalid, text);
}

Result<Answer> answerOf(Body body, WallTime now) {
  Answer answer{.evaluatedAt = now, .warnings = std::move(body.warnings), .partial = body.partial};
  if (body.resultType == "vector" && body.hasResult) {
    if (body.malformedSeries || !body.scalar.isEmpty()) {
      return fail(ErrorCode::Invalid, "a series of the answer is without a number");
    }
    answer.series = std::move(body.series);
    // The oldest speaks for all.
    if (!body.evaluatedAt.empty()) answer.evaluatedAt = std::ranges::min(body.evaluatedAt);
    indexByLabel(answer);
    return answer;
  }
  if (body.resultType == "scalar") {
    if (!body.series.empty() || !body.scalar.isWhole()) {
      return fail(ErrorCode::Invalid, "the scalar of the answer is without a number");
    }
    answer.scalar = true;
    answer.series.push_back({.value = body.scalar.value()});
    answer.evaluatedAt = body.scalar.at();
    return answer;
  }
  return fail(ErrorCode::Invalid, "the result is a \"{}\"; a query must give a scalar or an instant vector",
              glimpse(body.resultType, 40));
}

}  // namespace

Result<Answer> parseAnswer(const http::Response& response, WallTime now) {
  BodyReader reader;
  const bool isJson = Json::sax_parse(response.body, &reader);
  Body body = isJson ? reader.take() : Body{};
  if (response.status < 200 || response.status > 299) return fail(refusalOf(response, body));
  if (!reader.tooMuch().empty()) {
    return fail(ErrorCode::Invalid, "the answer has {}; let the query aggregate them", reader.tooMuch());
  }
  if (body.status.empty()) {
    return fail(ErrorCode::NotFound, "the answer is not Prometheus': \"{}\"", glimpse(response.body, 120));
  }
  if (body.status != "success") {
    const ErrorCode code = body.errorType == "unavailable" ? ErrorCode::Unavailable : ErrorCode::Invalid;
    return fail(code, "status \"{}\": {}: {}", glimpse(body.status, 40), glimpse(body.errorType, 40),
                glimpse(body.error));
  }
  return answerOf(std::move(body), now);
}

}  // namespace tidewright::prometheus
