#include "operator/api/cron.h"

#include <sstream>

#include <gtest/gtest.h>

namespace tidewright::api {
namespace {

date::local_seconds local(const std::string& text) {
  std::istringstream in(text);
  date::local_seconds time;
  in >> date::parse("%F %T", time);
  return time;
}

struct Case {
  const char *expression, *from, *want;
};
class NextOf : public testing::TestWithParam<Case> {};
TEST_P(NextOf, IsTheNextMatchingMinute) {
  const Result<Cron> cron = Cron::parse(GetParam().expression);
  ASSERT_TRUE(cron) << cron.error().message();
  EXPECT_EQ(date::format("%F %T", cron->next(local(GetParam().from))), GetParam().want) << GetParam().expression;
}
INSTANTIATE_TEST_SUITE_P(
    Expressions, NextOf,
    testing::Values(Case{"0 8 * * *", "2026-03-01 07:59:59", "2026-03-01 08:00:00"},
                    Case{"0 8 * * *", "2026-03-01 08:00:00", "2026-03-02 08:00:00"},  // strictly after
                    Case{"*/15 * * * *", "2026-03-01 08:01:00", "2026-03-01 08:15:00"},
                    Case{"5/20 * * * *", "2026-03-01 08:06:00", "2026-03-01 08:25:00"},
                    Case{"59 23 31 12 *", "2026-12-31 23:59:00", "2027-12-31 23:59:00"},
                    Case{"0 0 29 2 *", "2026-03-01 00:00:00", "2028-02-29 00:00:00"},
                    Case{"0 0 29 2 *", "2096-03-01 00:00:00", "2104-02-29 00:00:00"},
                    Case{"0 9 * * MON-FRI", "2026-11-20 09:00:00", "2026-11-23 09:00:00"},  // a Friday
                    Case{"0 9 * * sat,sun", "2026-11-20 09:00:00", "2026-11-21 09:00:00"},
                    Case{"0 9 * * SAT-SUN", "2026-11-21 09:00:00", "2026-11-22 09:00:00"},
                    Case{"0 9 * * 7", "2026-11-20 09:00:00", "2026-11-22 09:00:00"},
                    Case{"0 0 13 * FRI", "2026-11-13 00:00:00", "2026-11-20 00:00:00"},   // either day
                    Case{"0 0 */2 * FRI", "2026-11-13 00:00:00", "2026-11-27 00:00:00"},  // "*": both
                    Case{"30 1-3,20 1 JAN,jul *", "2026-01-01 03:30:00", "2026-01-01 20:30:00"}));

class BadCron : public testing::TestWithParam<const char*> {};
TEST_P(BadCron, IsRefused) { EXPECT_FALSE(Cron::parse(GetParam())); }
INSTANTIATE_TEST_SUITE_P(Expressions, BadCron,
                         testing::Values("", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *",
                                         "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "1//2 * * * *",
                                         "a * * * *", ", * * * *", "0 0 30 2 *", "@daily", "1-2-3 * * * *"));

TEST(BadCronText, NamesTheFieldAndTheRemedy) {
  const Result<Cron> cron = Cron::parse("0 25 * * *");
  ASSERT_FALSE(cron);
  EXPECT_EQ(
      cron.error().message(),
      "\"0 25 * * *\": \"25\" is no hour; write a number from 0 to 23, a range (1-5), a list (1,3), a step (*/2) or *");
}

}  // namespace
}  // namespace tidewright::api
