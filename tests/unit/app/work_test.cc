#include "app/work.h"

#include <ctime>

#include <gtest/gtest.h>

namespace tidewright::app {
namespace {

double threadCpuMs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

TEST(Work, IsTheSameChainEveryTime) {
  EXPECT_EQ(hashRounds(1, 1000), hashRounds(1, 1000));
  EXPECT_EQ(hashRounds(hashRounds(1, 400), 600), hashRounds(1, 1000)) << "slices add up to the whole";
  EXPECT_NE(hashRounds(1, 1000), hashRounds(1, 1001));
  EXPECT_EQ(hashRounds(5, 0), 5U);
}

TEST(Work, CalibratedMillisecondsCostAboutSoMuchCpuTime) {
  const double perMs = calibrateRoundsPerMs();
  ASSERT_GT(perMs, 0);
  const double before = threadCpuMs();
  volatile std::uint64_t used = hashRounds(1, static_cast<std::uint64_t>(perMs * 20));
  const double cost = threadCpuMs() - before;
  (void)used;
  // The fastest run counts as calibration, so work costs at least about its time; a busy machine makes it dearer.
  EXPECT_GT(cost, 20 * 0.7);
  EXPECT_LT(cost, 20 * 4);
}

}  // namespace
}  // namespace tidewright::app
