#include "operator/control/squeezed.h"

#include <gtest/gtest.h>

#include <random>

namespace tidewright::control {
namespace {

TEST(Squeezed, GivesBackWhatWasPutIn) {
  EXPECT_TRUE(Squeezed().empty());
  EXPECT_EQ(Squeezed("").text(), "");
  EXPECT_EQ(Squeezed("{}").text(), "{}");
  EXPECT_EQ(Squeezed(std::string_view("\0\xff\n", 3)).text(), std::string_view("\0\xff\n", 3));
  std::mt19937 random(1);
  for (const std::size_t size : {100U, 5'000U, 1'000'000U}) {
    std::string noise;
    for (std::size_t i = 0; i < size; ++i) noise += static_cast<char>(random());
    EXPECT_EQ(Squeezed(noise).text(), noise) << "what does not shrink";
    EXPECT_EQ(Squeezed(std::string(size, 'a')).text(), std::string(size, 'a'));
  }
}

}  // namespace
}  // namespace tidewright::control
