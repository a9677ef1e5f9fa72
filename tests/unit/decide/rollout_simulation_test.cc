// Random histories of an app in a small cluster; every single write of the decision is held against the invariants.
// TIDEWRIGHT_HISTORIES asks for more of them than the seconds of an ordinary run have; TIDEWRIGHT_FIRST_SEED says where
// to begin, so that one that went wrong can be told again alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/ranges.h>

#include "tests/unit/asked.h"
#include "tests/unit/decide/rollout_history.h"

namespace tidewright::decide {
namespace {

/// Leaves out every turn without which it goes wrong as well.
std::set<int32_t> shrink(uint64_t seed) {
  std::set<int32_t> leftOut;
  for (int32_t turn = RolloutHistory(seed).turns() - 1; turn >= 0; --turn) {
    leftOut.insert(turn);
    if (!RolloutHistory(seed).run(leftOut)) leftOut.erase(turn);
  }
  return leftOut;
}

TEST(RolloutSimulation, KeepsTheInvariantsAtEveryWriteAndComesToRest) {
  const uint64_t first = asked("TIDEWRIGHT_FIRST_SEED", 1);
  const uint64_t histories = asked("TIDEWRIGHT_HISTORIES", 1000);
  for (uint64_t seed = first; seed < first + histories; ++seed) {
    if (!RolloutHistory(seed).run()) continue;
    RolloutHistory shortest(seed);
    const std::optional<std::string> wrong = shortest.run(shrink(seed));
    FAIL() << "seed " << seed << ": " << wrong.value_or("only sometimes") << "\n"
           << fmt::format("{}", fmt::join(shortest.story(), "\n")) << "\nagain: TIDEWRIGHT_FIRST_SEED=" << seed
           << " TIDEWRIGHT_HISTORIES=1";
  }
}

}  // namespace
}  // namespace tidewright::decide
