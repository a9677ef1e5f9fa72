#include "operator/api/cron.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <optional>
#include <span>
#include <vector>

namespace tidewright::api {
namespace {

struct Field {
  std::string_view name;
  int lowest, highest;
  std::span<const std::string_view> names;  ///< of the values from `lowest` on
};
constexpr std::array<std::string_view, 12> kMonths{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                   "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kDays{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr Field kMinute{"minute", 0, 59, {}};
constexpr Field kHour{"hour", 0, 23, {}};
constexpr Field kDayOfMonth{"day of month", 1, 31, {}};
constexpr Field kMonth{"month", 1, 12, kMonths};
constexpr Field kDayOfWeek{"day of week", 0, 7, kDays};  // 0 and 7 are Sunday

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = std::min(text.find(separator, from), text.size());
    parts.push_back(text.substr(from, to - from));
    if (to == text.size()) return parts;
    from = to + 1;
  }
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> found;
  for (const std::string_view part : split(text, ' ')) {
    if (!part.empty()) found.push_back(part);
  }
  return found;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int> valueOf(std::string_view text, const Field& field) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
  const auto name = std::ranges::find(field.names, upper);
  if (name != field.names.end()) return field.lowest + static_cast<int>(name - field.names.begin());
  const std::optional<int> value = number(text);
  return value && *value >= field.lowest && *value <= field.highest ? value : std::nullopt;
}

struct Range {
  int from, to, step;
};

/// "*", "5", "1-5", each with "/2" behind it; "5/2" runs from 5 to the end.
std::optional<Range> parseRange(std::string_view text, const Field& field) {
  const std::vector<std::string_view> parts = split(text, '/');
  std::optional<int> step = 1;
  if (parts.size() == 2) step = number(parts[1]);
  if (parts.size() > 2 || !step || *step < 1) return std::nullopt;
  // 7 is another name for Sunday, not an eighth day.
  const int last = &field == &kDayOfWeek ? 6 : field.highest;
  if (parts[0] == "*") return Range{field.lowest, last, *step};
  const std::vector<std::string_view> ends = split(parts[0], '-');
  const std::optional<int> from = valueOf(ends[0], field);
  if (!from || ends.size() > 2) return std::nullopt;
  if (ends.size() == 1) return Range{*from, parts.size() == 2 ? std::max(last, *from) : *from, *step};
  std::optional<int> to = valueOf(ends[1], field);
  if (to == 0 && &field == &kDayOfWeek) to = 7;  // SAT-SUN ends on the Sunday behind it
  if (!to || *to < *from) return std::nullopt;
  return Range{*from, *to, *step};
}

template <std::size_t N>
std::optional<Error> parseField(std::string_view text, const Field& field, std::bitset<N>& into) {
  for (const std::string_view item : split(text, ',')) {
    const std::optional<Range> range = parseRange(item, field);
    if (!range) {
      return Error(ErrorCode::Invalid,
                   fmt::format("\"{}\" is no {}; write a number from {} to {}, a range (1-5), a list (1,3), a step "
                               "(*/2) or *",
                               item, field.name, field.lowest, field.highest));
    }
    for (int value = range->from; value <= range->to; value += range->step) {
      into.set(static_cast<std::size_t>(value) % N);
    }
  }
  return std::nullopt;
}

// Leap days may be eight years apart (2096, 2104).
constexpr date::years kHorizon{9};
constexpr date::local_seconds kNever{std::chrono::seconds::max()};

}  // namespace

Result<Cron> Cron::parse(std::string_view expression) {
  const std::vector<std::string_view> fields = words(expression);
  if (fields.size() != 5) {
    return fail(ErrorCode::Invalid,
                "\"{}\" has {} fields; write five: minute hour day-of-month month day-of-week (\"0 8 * * MON-FRI\")",
                expression, fields.size());
  }
  Cron cron;
  cron.text_ = expression;
  cron.anyDayOfMonth_ = fields[2].starts_with('*');
  cron.anyDayOfWeek_ = fields[4].starts_with('*');
  std::optional<Error> error = parseField(fields[0], kMinute, cron.minutes_);
  if (!error) error = parseField(fields[1], kHour, cron.hours_);
  if (!error) error = parseField(fields[2], kDayOfMonth, cron.daysOfMonth_);
  if (!error) error = parseField(fields[3], kMonth, cron.months_);
  if (!error) error = parseField(fields[4], kDayOfWeek, cron.daysOfWeek_);
  if (error) return fail(error->in("\"{}\"", expression));
  if (cron.next(date::local_seconds{}) == kNever) {
    return fail(ErrorCode::Invalid, "\"{}\" names a day that no year has; change its day or its month", expression);
  }
  return cron;
}

bool Cron::matches(date::local_days day) const {
  const date::year_month_day ymd{day};
  const bool byMonthDay = daysOfMonth_[static_cast<unsigned>(ymd.day())];
  const bool byWeekDay = daysOfWeek_[date::weekday{day}.c_encoding()];
  // Two restricted fields are alternatives; with a "*" in one of them, both must hold.
  return anyDayOfMonth_ || anyDayOfWeek_ ? byMonthDay && byWeekDay : byMonthDay || byWeekDay;
}

date::local_seconds Cron::next(date::local_seconds from) const {
  const auto start = date::floor<std::chrono::minutes>(from) + std::chrono::minutes{1};
  const date::local_days firstDay = date::floor<date::days>(start);
  const date::local_days lastDay = firstDay + date::floor<date::days>(kHorizon);
  for (date::local_days day = firstDay; day <= lastDay;) {
    const date::year_month_day ymd{day};
    if (!months_[static_cast<unsigned>(ymd.month())]) {
      day = date::local_days{(ymd.year() / ymd.month() + date::months{1}) / 1};
      continue;
    }
    if (matches(day)) {
      const auto since = day == firstDay ? start - firstDay : std::chrono::minutes{0};
      const auto begin = static_cast<std::size_t>(since.count());
      for (std::size_t hour = begin / 60; hour < 24; ++hour) {
        if (!hours_[hour]) continue;
        for (std::size_t minute = hour == begin / 60 ? begin % 60 : 0; minute < 60; ++minute) {
          if (minutes_[minute]) return day + std::chrono::hours{hour} + std::chrono::minutes{minute};
        }
      }
    }
    day += date::days{1};
  }
  return kNever;
}

}  // namespace tidewright::api
