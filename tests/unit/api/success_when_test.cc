#include "operator/api/success_when.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::api {
namespace {

using testing::HasSubstr;

struct Case {
  const char* name;
  const char* text;
  std::vector<double> good, bad;
};
class SuccessWhenHolds : public testing::TestWithParam<Case> {};
TEST_P(SuccessWhenHolds, ForTheseNumbersOnly) {
  const Result<SuccessWhen> parsed = parseSuccessWhen(GetParam().text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->text, GetParam().text);
  for (const double value : GetParam().good) EXPECT_TRUE(parsed->holds(value)) << value;
  for (const double value : GetParam().bad) EXPECT_FALSE(parsed->holds(value)) << value;
}
INSTANTIATE_TEST_SUITE_P(Expressions, SuccessWhenHolds,
                         testing::Values(Case{"AtMost", "value <= 0.01", {0, 0.01, -5}, {0.011}},
                                         Case{"Below", "value < 0.01", {0.0099}, {0.01}},
                                         Case{"AtLeast", "value >= 99.9", {99.9, 100}, {99.8}},
                                         Case{"Above", "value > -1", {0}, {-1}},
                                         Case{"Equal", "value == 1", {1}, {0.999}},
                                         Case{"NotEqual", "value != 0", {1, -1}, {0}},
                                         Case{"Range", "value > 0.2 and value < 0.8", {0.5}, {0.2, 0.8, 1}},
                                         Case{"WithoutSpaces", "value<=1e-2", {0.01}, {0.02}},
                                         Case{"ManySpaces", "  value  <=  +5  and  value>=5 ", {5}, {4, 6}},
                                         Case{"ManyTogether", "value > 0 and value < 9 and value != 3", {1}, {3, 9}}),
                         [](const auto& c) { return c.param.name; });

struct Wrong {
  const char* name;
  const char* text;
  const char* says;
};
class SuccessWhenRefuses : public testing::TestWithParam<Wrong> {};
TEST_P(SuccessWhenRefuses, WithWhatToWriteInstead) {
  const Result<SuccessWhen> parsed = parseSuccessWhen(GetParam().text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code(), ErrorCode::Invalid);
  EXPECT_THAT(parsed.error().message(), HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(Expressions, SuccessWhenRefuses,
                         testing::Values(Wrong{"Empty", "", "write it like"},
                                         Wrong{"AnotherName", "result <= 1", "does not compare value"},
                                         Wrong{"LongerName", "values <= 1", "does not compare value"},
                                         Wrong{"NoNumber", "value <=", "does not compare value"},
                                         Wrong{"OneEqualsSign", "value = 1", "does not compare value"},
                                         Wrong{"NotANumber", "value < nan", "does not compare value"},
                                         Wrong{"Infinite", "value < inf", "does not compare value"},
                                         Wrong{"TooLarge", "value < 1e999", "does not compare value"},
                                         Wrong{"Hexadecimal", "value < 0x10", "does not compare value"},
                                         Wrong{"Percent", "value < 5%", "does not compare value"},
                                         Wrong{"TwoSigns", "value < +-1", "does not compare value"},
                                         Wrong{"Turned", "1 > value", "does not compare value"},
                                         Wrong{"Half", "value > 1 and", "does not compare value"},
                                         Wrong{"Or", "value > 1 or value < 0", "behind its end"},
                                         Wrong{"NoRange", "value > 5 and value < 1", "holds for no number"},
                                         Wrong{"OpenRange", "value > 1 and value < 1", "holds for no number"},
                                         Wrong{"EmptyPoint", "value == 1 and value != 1", "holds for no number"}),
                         [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace tidewright::api
