#include "app/capacity.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace tidewright::app {
namespace {

std::optional<double> ratio(double quota, double period) {
  return quota > 0 && period > 0 ? std::optional(quota / period) : std::nullopt;
}

std::optional<double> fromVersion2(const std::filesystem::path& root) {
  std::ifstream file(root / "cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max") return std::nullopt;
  return ratio(std::strtod(quota.c_str(), nullptr), period);
}

std::optional<double> fromVersion1(const std::filesystem::path& root) {
  double quota = 0;
  double period = 0;
  std::ifstream(root / "cpu" / "cpu.cfs_quota_us") >> quota;
  std::ifstream(root / "cpu" / "cpu.cfs_period_us") >> period;
  return ratio(quota, period);
}

}  // namespace

std::optional<double> cpuQuota(const std::filesystem::path& root) {
  const auto quota = fromVersion2(root);
  return quota ? quota : fromVersion1(root);
}

std::optional<double> capacityRps(unsigned threads, unsigned cores, std::optional<double> quota, CpuMs work) {
  if (work.count() <= 0) return std::nullopt;
  const double usable = std::min<double>(threads, std::max(1U, cores));
  return std::min(usable, quota.value_or(usable)) * 1000 / work.count();
}

}  // namespace tidewright::app
