#include "operator/api/quantity.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidewright::api {
namespace {

struct Case {
  const char* text;
  double milli;
};
class Quantities : public testing::TestWithParam<Case> {};
TEST_P(Quantities, AreCountedInThousandths) {
  const Result<Quantity> quantity = parseQuantity(GetParam().text);
  ASSERT_TRUE(quantity) << quantity.error().message();
  EXPECT_EQ(quantity->milli, GetParam().milli);
}
INSTANTIATE_TEST_SUITE_P(Forms, Quantities,
                         testing::Values(Case{"100", 100'000}, Case{"0.1", 100}, Case{"1.1", 1100}, Case{".5", 500},
                                         Case{"5.", 5000}, Case{"500m", 500}, Case{"1500u", 1.5}, Case{"2k", 2e6},
                                         Case{"1Ki", 1'024'000}, Case{"1.5Gi", 1610612736e3}, Case{"1e3", 1e6},
                                         Case{"1E-2", 10}, Case{"3E", 3e21}, Case{"-2", -2000}, Case{"+2", 2000},
                                         Case{"0", 0}));

class NoQuantities : public testing::TestWithParam<const char*> {};
TEST_P(NoQuantities, AreRefusedWithWhatToWrite) {
  const Result<Quantity> quantity = parseQuantity(GetParam());
  ASSERT_FALSE(quantity);
  EXPECT_EQ(quantity.error().code(), ErrorCode::Invalid);
  EXPECT_NE(quantity.error().message().find("write a number"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(Forms, NoQuantities,
                         testing::Values("", "abc", "1.2.3", "100 m", "1K", "m", ".", "1e", "1e99", "0x10", "NaN",
                                         "1mm"));

TEST(QuantityFrom, TakesNumbersToo) {
  EXPECT_EQ(quantityFrom(nlohmann::json(0.5))->milli, 500);
  EXPECT_EQ(quantityFrom(nlohmann::json(3))->milli, 3000);
  EXPECT_EQ(quantityFrom(nlohmann::json("250m"))->milli, 250);
  EXPECT_FALSE(quantityFrom(nlohmann::json(true)));
}

TEST(ToMilli, TakesAwayTheRoundingOfADoubleAndNothingElse) {
  EXPECT_EQ(toMilli(12.21), 12210);
  EXPECT_EQ(toMilli(1.1), 1100);
  EXPECT_EQ(toMilli(0), 0);
  EXPECT_NE(toMilli(1.0000001), 1000);
}

}  // namespace
}  // namespace tidewright::api
