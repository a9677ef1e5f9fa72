#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include <date/date.h>

#include "operator/result.h"

namespace tidewright::api {

/// A 5-field cron expression: minute hour day-of-month month day-of-week, with lists, ranges, steps and names
/// (MON, JAN). As in cron, a day matches either day field when both are restricted. Sunday is 0 or 7.
class Cron {
 public:
  /// Invalid with the field and the remedy; also for a day that no year has (30 2).
  [[nodiscard]] static Result<Cron> parse(std::string_view expression);

  /// The next matching minute strictly after `from`. Both are what a clock on the wall shows: a calendar without
  /// zones or switches. Pure: any thread.
  [[nodiscard]] date::local_seconds next(date::local_seconds from) const;

  [[nodiscard]] const std::string& text() const { return text_; }
  bool operator==(const Cron& other) const { return text_ == other.text_; }

 private:
  [[nodiscard]] bool matches(date::local_days day) const;

  std::string text_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> daysOfMonth_;
  std::bitset<13> months_;
  std::bitset<7> daysOfWeek_;
  bool anyDayOfMonth_ = true, anyDayOfWeek_ = true;
};

}  // namespace tidewright::api
