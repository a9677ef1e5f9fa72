#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "operator/api/query.h"
#include "operator/api/sample.h"
#include "operator/clock.h"

namespace tidewright::prometheus {

/// One series of an instant query's answer. The value may be NaN or infinite: it is not judged yet.
struct Series {
  std::map<std::string, std::string> labels;
  double value = 0;
};

/// The answer to an instant query, parsed once and read by all queries that share the request.
struct Answer {
  bool scalar = false;  ///< One value without labels
  std::vector<Series> series;
  WallTime evaluatedAt;  ///< When the server evaluated it, by its own words; for no series, when the answer came
  std::string warnings;  ///< All of them in one line; empty: none
  bool partial = false;  ///< A warning says that part of the data is missing
  /// Which series have a label with a value, by `indexKey`: thousands of apps each pick theirs from one answer.
  std::unordered_multimap<std::string, std::uint32_t> byLabel;
};

/// Fills `byLabel` from the series.
void indexByLabel(Answer& answer);

/// What the answer means for one query: spec/autoscaling.md 1. Unknown for no series, more than one without
/// `aggregate: Sum`, NaN, infinity, a partial answer, or one evaluated more than `query.maxAge` before `now`. Pure.
[[nodiscard]] api::Sample readSample(const Answer& answer, const api::Query& query, WallTime now);

}  // namespace tidewright::prometheus
