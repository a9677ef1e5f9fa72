#include "app/capacity.h"

#include <fstream>

#include <gtest/gtest.h>

namespace tidewright::app {
namespace {

class CpuQuota : public testing::Test {
 protected:
  CpuQuota() { std::filesystem::create_directories(root / "cpu"); }
  ~CpuQuota() override { std::filesystem::remove_all(root); }

  void write(const char* file, const char* text) { std::ofstream(root / file) << text; }

  const std::filesystem::path root =
      std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(CpuQuota, IsReadFromVersion2) {
  write("cpu.max", "25000 100000\n");
  EXPECT_EQ(cpuQuota(root), 0.25);
}

TEST_F(CpuQuota, IsNoneAtMax) {
  write("cpu.max", "max 100000\n");
  EXPECT_EQ(cpuQuota(root), std::nullopt);
}

TEST_F(CpuQuota, IsReadFromVersion1) {
  write("cpu/cpu.cfs_quota_us", "150000\n");
  write("cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpuQuota(root), 1.5);
}

TEST_F(CpuQuota, IsNoneForVersion1WithoutLimit) {
  write("cpu/cpu.cfs_quota_us", "-1\n");
  write("cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cpuQuota(root), std::nullopt);
}

TEST_F(CpuQuota, IsNoneForRubbish) {
  write("cpu.max", "");
  EXPECT_EQ(cpuQuota(root), std::nullopt);
  write("cpu.max", "1000 0");
  EXPECT_EQ(cpuQuota(root), std::nullopt);
}

TEST(Capacity, IsBoundByThreadsCoresAndQuota) {
  EXPECT_EQ(capacityRps(1, 8, std::nullopt, CpuMs(2)), 500);
  EXPECT_EQ(capacityRps(4, 2, std::nullopt, CpuMs(2)), 1000);
  EXPECT_EQ(capacityRps(4, 8, 0.25, CpuMs(2)), 125);
  EXPECT_EQ(capacityRps(1, 8, 3.0, CpuMs(2)), 500);
  EXPECT_EQ(capacityRps(1, 8, std::nullopt, CpuMs(0)), std::nullopt);
}

}  // namespace
}  // namespace tidewright::app
