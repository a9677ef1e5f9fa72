#include "simulate/samples.h"

#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "operator/timestamp.h"

namespace tidewright::simulate {
namespace {

constexpr double kLatest = 9e9;  ///< Seconds; beyond that a time does not fit into nanoseconds

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\"";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<double> numberIn(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<WallTime> timeIn(std::string_view text) {
  if (const std::optional<double> seconds = numberIn(text)) {
    if (!(*seconds >= 0 && *seconds < kLatest)) return std::nullopt;
    return WallTime(std::chrono::milliseconds(std::llround(*seconds * 1000)));
  }
  const Result<WallTime> time = parseTimestamp(text);
  return time ? std::optional(*time) : std::nullopt;
}

/// A value that is not there and one that is no value are the same; nullopt: it is neither.
std::optional<std::optional<double>> valueIn(std::string_view text) {
  if (text.empty()) return std::optional<double>();
  const std::optional<double> value = numberIn(text);
  if (!value) return std::nullopt;
  return std::isfinite(*value) ? value : std::optional<double>();
}

std::string shown(std::string_view text) { return std::string(text.substr(0, 40)); }

Result<Point> readLine(std::string_view line) {
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos || line.find(',', comma + 1) != std::string_view::npos) {
    return fail(ErrorCode::Invalid, "\"{}\" is not two fields; write timestamp,value", shown(line));
  }
  const std::string_view time = trimmed(line.substr(0, comma)), value = trimmed(line.substr(comma + 1));
  const std::optional<WallTime> at = timeIn(time);
  if (!at) {
    return fail(ErrorCode::Invalid, "\"{}\" is not a time; write 2026-01-31T08:00:00Z or seconds since 1970",
                shown(time));
  }
  const auto number = valueIn(value);
  if (!number)
    return fail(ErrorCode::Invalid, "\"{}\" is not a number; leave it empty where none is known", shown(value));
  return Point{*at, *number};
}

/// Neither field of it can be read: names, not a mistake.
bool isHeading(std::string_view line) {
  const std::size_t comma = line.find(',');
  return comma != std::string_view::npos && !timeIn(trimmed(line.substr(0, comma))) &&
         !valueIn(trimmed(line.substr(comma + 1)));
}

}  // namespace

Result<Series> readSamples(std::string_view csv) {
  Series series;
  bool first = true;
  for (int number = 1; !csv.empty(); ++number) {
    const std::size_t end = csv.find('\n');
    const std::string_view line = trimmed(csv.substr(0, end));
    csv.remove_prefix(end == std::string_view::npos ? csv.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    if (std::exchange(first, false) && isHeading(line)) continue;
    const Result<Point> point = readLine(line);
    if (!point) return fail(point.error().in("line {}", number));
    if (!series.empty() && point->at <= series.back().at) {
      return fail(ErrorCode::Invalid, "line {}: {} is not later than the time before it; sort the lines by time",
                  number, formatTimestamp(point->at));
    }
    series.push_back(*point);
  }
  if (series.empty()) return fail(ErrorCode::Invalid, "there are no samples; write lines of timestamp,value");
  return series;
}

}  // namespace tidewright::simulate
