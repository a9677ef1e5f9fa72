#include "operator/decide/canary_weight.h"

#include <optional>

namespace tidewright::decide {
namespace {

struct Candidate {
  int64_t canary = 0;
  int64_t total = 0;

  /// |100 * canary / total - weight| as a fraction over `total`, so that candidates compare exactly.
  [[nodiscard]] int64_t errorTimesTotal(int32_t weight) const {
    const int64_t difference = 100 * canary - int64_t{weight} * total;
    return difference < 0 ? -difference : difference;
  }
  [[nodiscard]] bool nearerThan(const Candidate& other, int32_t weight) const {
    return errorTimesTotal(weight) * other.total < other.errorTimesTotal(weight) * total;
  }
};

}  // namespace

CanaryCounts canaryCounts(int32_t desired, int32_t weight, int32_t surge) {
  if (desired == 0) return {};
  // With a single pod and no room beside it, one side has to be empty.
  const bool oneSideMayBeEmpty = weight == 0 || weight == 100 || (desired == 1 && surge == 0);
  std::optional<Candidate> best;
  const auto consider = [&](Candidate candidate) {
    if (!oneSideMayBeEmpty && (candidate.canary == 0 || candidate.canary == candidate.total)) return;
    if (!best || candidate.nearerThan(*best, weight)) best = candidate;
  };
  for (int64_t total = desired; total <= int64_t{desired} + surge; ++total) {
    const int64_t scaled = total * weight;
    consider({(scaled + 99) / 100, total});
    // At exactly a half both roundings err alike, and the canary gets the pod.
    if (scaled % 100 != 50) consider({scaled / 100, total});
  }
  if (!best) return {.canary = 0, .stable = desired};
  return {static_cast<int32_t>(best->canary), static_cast<int32_t>(best->total - best->canary)};
}

}  // namespace tidewright::decide
