#pragma once

#include <filesystem>
#include <optional>

#include "app/work.h"

namespace tidewright::app {

/// How many cores the CPU quota of this container is worth: cgroup v2's cpu.max or v1's cpu.cfs_quota_us below `root`.
/// Nothing when there is no quota or no cgroup to read.
[[nodiscard]] std::optional<double> cpuQuota(const std::filesystem::path& root = "/sys/fs/cgroup");

/// Requests a second that `threads` threads reach when each request costs `work`, on at most `quota` and `cores` cores.
/// Nothing without work: then the cost of the HTTP exchange decides, which is not known. An upper bound, since that
/// cost is left out.
[[nodiscard]] std::optional<double> capacityRps(unsigned threads, unsigned cores, std::optional<double> quota,
                                                CpuMs work);

}  // namespace tidewright::app
