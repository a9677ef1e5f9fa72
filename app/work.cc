#include "app/work.h"

#include <algorithm>
#include <ctime>

namespace tidewright::app {
namespace {

constexpr int kRuns = 15;
constexpr double kRunMs = 1;

CpuMs threadCpu() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return CpuMs(static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6);
}

CpuMs costOf(std::uint64_t rounds) {
  const CpuMs before = threadCpu();
  [[maybe_unused]] volatile std::uint64_t used = hashRounds(rounds, rounds);
  return threadCpu() - before;
}

}  // namespace

std::uint64_t hashRounds(std::uint64_t seed, std::uint64_t rounds) {
  // The finaliser of splitmix64 over a running sum: two multiplications a round, each waiting for the last.
  std::uint64_t hash = seed;
  for (std::uint64_t i = 0; i < rounds; ++i) {
    hash += 0x9e3779b97f4a7c15U;
    hash = (hash ^ (hash >> 30U)) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ (hash >> 27U)) * 0x94d049bb133111ebU;
    hash ^= hash >> 31U;
  }
  return hash;
}

double calibrateRoundsPerMs() {
  std::uint64_t rounds = 1000;
  while (costOf(rounds).count() < kRunMs / 4) rounds *= 2;
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    const double ms = std::max(costOf(rounds).count(), 1e-6);
    const double perMs = static_cast<double>(rounds) / ms;
    best = std::max(best, perMs);
    // The first runs may have met a slow clock: keep every run about a millisecond long.
    rounds = static_cast<std::uint64_t>(std::max(1.0, best * kRunMs));
  }
  return best;
}

}  // namespace tidewright::app
