#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "operator/clock.h"

namespace tidewright::simulate {

/// What was measured at one time; no value: the server had none, or said NaN.
struct Point {
  WallTime at;
  std::optional<double> value;
  bool operator==(const Point&) const = default;
};

/// One metric's past, each point later than the one before.
using Series = std::vector<Point>;

/// How long a point speaks for the time after it: up to where the next one would be, if the series keeps its steps as
/// query_range does; one and a half of the usual step if they waver. 0 s for fewer than two points.
[[nodiscard]] std::chrono::nanoseconds reachOf(const Series& series);

/// Reads a series at times that do not go back, each in constant time on average.
class Playback {
 public:
  /// `series` must outlive it. A point older than `reach` says nothing any more.
  Playback(const Series& series, std::chrono::nanoseconds reach) : series_(series), reach_(reach) {}

  /// The latest point's value at `now`.
  [[nodiscard]] std::optional<double> at(WallTime now);

 private:
  const Series& series_;
  const std::chrono::nanoseconds reach_;
  std::size_t next_ = 0;  ///< The first point later than the last time asked for
};

}  // namespace tidewright::simulate
