#include "operator/timestamp.h"

#include <charconv>
#include <chrono>
#include <optional>

#include <fmt/format.h>

namespace tidewright {
namespace {

using namespace std::chrono;

/// Reads from the front of a text; once something did not fit, everything after it does not either.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    if (rest_.size() < count) return spoil();
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + count, value);
    if (error != std::errc() || end != rest_.data() + count || value < 0) return spoil();
    rest_.remove_prefix(count);
    return value;
  }

  bool accept(std::string_view oneOf) {
    if (rest_.empty() || !oneOf.contains(rest_.front())) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  void expect(std::string_view oneOf) {
    if (!accept(oneOf)) spoil();
  }

  nanoseconds fraction() {
    std::int64_t value = 0;
    int count = 0;
    while (accept("0123456789")) {
      value = value * 10 + (last_ - '0');
      if (++count > 9) spoil();
    }
    if (count == 0) spoil();
    for (; good_ && count < 9; ++count) value *= 10;
    return nanoseconds(value);
  }

  [[nodiscard]] char last() const { return last_; }
  [[nodiscard]] bool finished() const { return good_ && rest_.empty(); }

 private:
  int spoil() {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  char last_ = 0;
  bool good_ = true;
};

std::string format(WallTime time, bool micros) {
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<microseconds>(time - day));
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (micros) text += fmt::format(".{:06}", clock.subseconds().count());
  return text + "Z";
}

}  // namespace

Result<WallTime> parseTimestamp(std::string_view text) {
  Reader read(text);
  const int y = read.digits(4);
  read.expect("-");
  const int mon = read.digits(2);
  read.expect("-");
  const int d = read.digits(2);
  read.expect("Tt ");
  const int h = read.digits(2);
  read.expect(":");
  const int m = read.digits(2);
  read.expect(":");
  const int s = read.digits(2);
  const nanoseconds fraction = read.accept(".") ? read.fraction() : 0ns;
  minutes offset{0};
  if (!read.accept("Zz")) {
    read.expect("+-");
    const int sign = read.last() == '-' ? -1 : 1;
    const int hoursOff = read.digits(2);
    read.expect(":");
    offset = sign * (hours(hoursOff) + minutes(read.digits(2)));
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(mon)), day(static_cast<unsigned>(d))};
  // 1678-2262 is what nanoseconds in 64 bits can say; a second of 60 is a leap second.
  const bool inRange = date.ok() && y >= 1678 && y <= 2261 && h <= 23 && m <= 59 && s <= 60;
  if (!read.finished() || !inRange) {
    return fail(ErrorCode::Invalid, "\"{}\" is not a time; write it like 2026-11-21T04:13:48Z", text);
  }
  return WallTime(sys_days(date)) + hours(h) + minutes(m) + seconds(s) + fraction - offset;
}

std::string formatTimestamp(WallTime time) { return format(time, false); }
std::string formatMicroTime(WallTime time) { return format(time, true); }

}  // namespace tidewright
