#include "operator/api/schedule.h"

#include <sstream>

#include <date/tz.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tidewright::api {
namespace {

using namespace std::chrono_literals;

WallTime utc(const std::string& text) {
  std::istringstream in(text);
  date::sys_seconds time;
  in >> date::parse("%F %T", time);
  return time;
}

struct Case {
  const char *name, *zone, *start, *end, *utc;
  bool active;
};
class ScheduleAt : public testing::TestWithParam<Case> {};
TEST_P(ScheduleAt, ReadsTheClockOnTheWall) {
  const Case& c = GetParam();
  const Schedule schedule{.start = *Cron::parse(c.start),
                          .end = *Cron::parse(c.end),
                          .timeZone = c.zone,
                          .zone = date::locate_zone(c.zone)};
  EXPECT_EQ(schedule.activeAt(utc(c.utc)), c.active);
}

INSTANTIATE_TEST_SUITE_P(
    AnOrdinaryDay, ScheduleAt,
    testing::Values(Case{"BeforeStart", "UTC", "0 8 * * *", "0 18 * * *", "2026-06-01 07:59:59", false},
                    Case{"AtStart", "UTC", "0 8 * * *", "0 18 * * *", "2026-06-01 08:00:00", true},
                    Case{"BeforeEnd", "UTC", "0 8 * * *", "0 18 * * *", "2026-06-01 17:59:59", true},
                    Case{"AtEnd", "UTC", "0 8 * * *", "0 18 * * *", "2026-06-01 18:00:00", false},
                    Case{"OverMidnight", "UTC", "0 22 * * *", "0 6 * * *", "2026-06-01 03:00:00", true},
                    Case{"OverMidnightEnded", "UTC", "0 22 * * *", "0 6 * * *", "2026-06-01 12:00:00", false},
                    Case{"InTheZone", "Asia/Tokyo", "0 8 * * *", "0 18 * * *", "2026-06-01 00:00:00", true},
                    Case{"Weekend", "UTC", "0 0 * * SAT", "0 0 * * MON", "2026-11-22 12:00:00", true},
                    Case{"Week", "UTC", "0 0 * * SAT", "0 0 * * MON", "2026-11-23 00:00:00", false}),
    [](const auto& c) { return c.param.name; });

// Europe/Berlin, 2026-03-29: at 01:00 UTC the clock goes from 02:00 to 03:00; 2026-10-25: at 01:00 UTC from 03:00 back
// to 02:00.
INSTANTIATE_TEST_SUITE_P(
    Berlin, ScheduleAt,
    testing::Values(
        Case{"StartInTheGapNotYet", "Europe/Berlin", "30 2 * * *", "0 5 * * *", "2026-03-29 00:59:59", false},
        Case{"StartInTheGapHasPassed", "Europe/Berlin", "30 2 * * *", "0 5 * * *", "2026-03-29 01:00:00", true},
        Case{"EndInTheGapNotYet", "Europe/Berlin", "0 0 * * *", "30 2 * * *", "2026-03-29 00:59:59", true},
        Case{"EndInTheGapHasPassed", "Europe/Berlin", "0 0 * * *", "30 2 * * *", "2026-03-29 01:00:00", false},
        Case{"AllInTheGapNever", "Europe/Berlin", "10 2 * * *", "50 2 * * *", "2026-03-29 01:00:00", false},
        Case{"AfterTheGapInSummerTime", "Europe/Berlin", "0 8 * * *", "0 18 * * *", "2026-03-29 06:00:00", true},
        Case{"TheDayBeforeInWinterTime", "Europe/Berlin", "0 8 * * *", "0 18 * * *", "2026-03-28 06:59:59", false},
        Case{"RepeatFirstPass", "Europe/Berlin", "15 2 * * *", "45 2 * * *", "2026-10-25 00:20:00", true},
        Case{"RepeatBetween", "Europe/Berlin", "15 2 * * *", "45 2 * * *", "2026-10-25 00:50:00", false},
        Case{"RepeatSecondPass", "Europe/Berlin", "15 2 * * *", "45 2 * * *", "2026-10-25 01:20:00", true},
        Case{"RepeatOver", "Europe/Berlin", "15 2 * * *", "45 2 * * *", "2026-10-25 01:50:00", false},
        Case{"AroundTheRepeat", "Europe/Berlin", "0 1 * * *", "0 4 * * *", "2026-10-25 02:59:59", true},
        Case{"AroundTheRepeatOver", "Europe/Berlin", "0 1 * * *", "0 4 * * *", "2026-10-25 03:00:00", false}),
    [](const auto& c) { return c.param.name; });

// America/New_York, 2026-03-08: at 07:00 UTC from 02:00 to 03:00; 2026-11-01: at 06:00 UTC from 02:00 back to 01:00.
INSTANTIATE_TEST_SUITE_P(
    NewYork, ScheduleAt,
    testing::Values(
        Case{"StartInTheGapNotYet", "America/New_York", "30 2 * * *", "0 5 * * *", "2026-03-08 06:59:59", false},
        Case{"StartInTheGapHasPassed", "America/New_York", "30 2 * * *", "0 5 * * *", "2026-03-08 07:00:00", true},
        Case{"EndInTheGapNotYet", "America/New_York", "0 0 * * *", "30 2 * * *", "2026-03-08 06:59:59", true},
        Case{"EndInTheGapHasPassed", "America/New_York", "0 0 * * *", "30 2 * * *", "2026-03-08 07:00:00", false},
        Case{"AllInTheGapNever", "America/New_York", "10 2 * * *", "50 2 * * *", "2026-03-08 07:00:00", false},
        Case{"RepeatFirstPass", "America/New_York", "15 1 * * *", "45 1 * * *", "2026-11-01 05:20:00", true},
        Case{"RepeatBetween", "America/New_York", "15 1 * * *", "45 1 * * *", "2026-11-01 05:50:00", false},
        Case{"RepeatSecondPass", "America/New_York", "15 1 * * *", "45 1 * * *", "2026-11-01 06:20:00", true},
        Case{"RepeatOver", "America/New_York", "15 1 * * *", "45 1 * * *", "2026-11-01 06:50:00", false},
        Case{"AroundTheRepeat", "America/New_York", "0 0 * * *", "0 4 * * *", "2026-11-01 08:59:59", true},
        Case{"AroundTheRepeatOver", "America/New_York", "0 0 * * *", "0 4 * * *", "2026-11-01 09:00:00", false}),
    [](const auto& c) { return c.param.name; });

// Australia/Lord_Howe moves by half an hour. 2026-10-03 at 15:30 UTC from 02:00 to 02:30; 2026-04-04 at 15:00 UTC from
// 02:00 back to 01:30.
INSTANTIATE_TEST_SUITE_P(
    LordHowe, ScheduleAt,
    testing::Values(
        Case{"StartInTheGapNotYet", "Australia/Lord_Howe", "15 2 * * *", "0 5 * * *", "2026-10-03 15:29:59", false},
        Case{"StartInTheGapHasPassed", "Australia/Lord_Howe", "15 2 * * *", "0 5 * * *", "2026-10-03 15:30:00", true},
        Case{"EndInTheGapNotYet", "Australia/Lord_Howe", "0 0 * * *", "15 2 * * *", "2026-10-03 15:29:59", true},
        Case{"EndInTheGapHasPassed", "Australia/Lord_Howe", "0 0 * * *", "15 2 * * *", "2026-10-03 15:30:00", false},
        Case{"AfterTheHalfHour", "Australia/Lord_Howe", "45 2 * * *", "0 5 * * *", "2026-10-03 15:44:59", false},
        Case{"RepeatFirstPass", "Australia/Lord_Howe", "40 1 * * *", "50 1 * * *", "2026-04-04 14:45:00", true},
        Case{"RepeatBetween", "Australia/Lord_Howe", "40 1 * * *", "50 1 * * *", "2026-04-04 15:05:00", false},
        Case{"RepeatSecondPass", "Australia/Lord_Howe", "40 1 * * *", "50 1 * * *", "2026-04-04 15:15:00", true},
        Case{"RepeatOver", "Australia/Lord_Howe", "40 1 * * *", "50 1 * * *", "2026-04-04 15:20:00", false},
        Case{"AroundTheRepeat", "Australia/Lord_Howe", "0 1 * * *", "0 4 * * *", "2026-04-04 17:29:59", true},
        Case{"AroundTheRepeatOver", "Australia/Lord_Howe", "0 1 * * *", "0 4 * * *", "2026-04-04 17:30:00", false}),
    [](const auto& c) { return c.param.name; });

struct Switch {
  const char *name, *zone, *utc;
  std::chrono::minutes before, after;  ///< of the clock on the wall against UTC
};
class ScheduleOverASwitch : public testing::TestWithParam<Switch> {};
/// Whatever the clock did: what holds is what it shows.
TEST_P(ScheduleOverASwitch, HoldsByWhatTheClockShowsInEveryMinute) {
  using std::chrono::minutes;
  const WallTime at = utc(GetParam().utc);
  for (const auto& [start, end] : {std::pair{90, 120}, {100, 110}, {120, 150}, {130, 170}, {0, 135}, {1320, 125}}) {
    const auto daily = [](int minute) { return *Cron::parse(fmt::format("{} {} * * *", minute % 60, minute / 60)); };
    const Schedule schedule{.start = daily(start),
                            .end = daily(end),
                            .timeZone = GetParam().zone,
                            .zone = date::locate_zone(GetParam().zone)};
    for (minutes later{-600}; later <= minutes{600}; ++later) {
      const auto shown = (at + later).time_since_epoch() + (later.count() < 0 ? GetParam().before : GetParam().after);
      const auto minute = std::chrono::floor<minutes>(shown).count() % (24 * 60);
      const bool active = start < end ? start <= minute && minute < end : start <= minute || minute < end;
      ASSERT_EQ(schedule.activeAt(at + later), active)
          << later.count() << " minutes from it, " << start << " to " << end;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(
    BothSwitchDays, ScheduleOverASwitch,
    testing::Values(Switch{"BerlinSpring", "Europe/Berlin", "2026-03-29 01:00:00", 60min, 120min},
                    Switch{"BerlinAutumn", "Europe/Berlin", "2026-10-25 01:00:00", 120min, 60min},
                    Switch{"NewYorkSpring", "America/New_York", "2026-03-08 07:00:00", -300min, -240min},
                    Switch{"NewYorkAutumn", "America/New_York", "2026-11-01 06:00:00", -240min, -300min},
                    Switch{"LordHoweSpring", "Australia/Lord_Howe", "2026-10-03 15:30:00", 630min, 660min},
                    Switch{"LordHoweAutumn", "Australia/Lord_Howe", "2026-04-04 15:00:00", 660min, 630min}),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace tidewright::api
