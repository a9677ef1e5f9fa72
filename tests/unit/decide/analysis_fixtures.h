#pragma once

#include <chrono>

#include "operator/decide/analysis.h"

namespace tidewright::decide {

inline constexpr WallTime t0{std::chrono::seconds(1'700'000'000)};

inline api::AnalysisMetric errors() {
  return {.name = "errors", .prometheus = {.query = "q"}, .successWhen = *api::parseSuccessWhen("value <= 0.01")};
}

inline Observation number(double value) { return {.sample = api::Number{.value = value, .warnings = {}}}; }
inline Observation good() { return number(0.0); }
inline Observation bad() { return number(0.05); }
inline Observation noData() {
  return {.sample = api::Unknown{.reason = "the query gives no series", .noSeries = true}};
}
inline Observation away() {
  return {.kind = Observation::Kind::NoAnswer, .sample = api::Unknown{"http://prom: connection refused"}};
}
inline Observation refused() {
  return {.kind = Observation::Kind::Refused, .sample = api::Unknown{"HTTP 400: parse error"}};
}

}  // namespace tidewright::decide
