#include "operator/decide/history.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace tidewright::decide {
namespace {

using std::chrono::seconds;

/// Which of the equal stretches of time of length `width` a moment is in. They begin at fixed times, so that merging
/// again and again does not carry an old entry along with the new ones.
int64_t stretchOf(WallTime at, seconds width) {
  return std::chrono::floor<seconds>(at).time_since_epoch().count() / width.count();
}

/// The shortest stretch of which `memory` has no more than `count`.
seconds widthFor(seconds memory, int64_t count) { return seconds{(memory.count() + count - 1) / count}; }

/// Drops, from the newest to the oldest, what something later outdoes both ways: no window that holds the one lacks the
/// other, so no decision can tell the difference.
void dropOutdone(std::vector<api::Recommendation>& all) {
  int32_t highest = std::numeric_limits<int32_t>::min(), lowest = std::numeric_limits<int32_t>::max();
  auto kept = all.end();
  for (auto it = all.end(); it != all.begin();) {
    --it;
    if (it->highest <= highest && it->lowest >= lowest) continue;
    highest = std::max(highest, it->highest);
    lowest = std::min(lowest, it->lowest);
    *--kept = *it;
  }
  all.erase(all.begin(), kept);
}

/// One for each stretch: as late as its latest, and as high and as low as any.
void mergeRecommendations(std::vector<api::Recommendation>& all, seconds width) {
  std::vector<api::Recommendation> merged;
  for (const api::Recommendation& one : all) {
    if (!merged.empty() && stretchOf(merged.back().at, width) == stretchOf(one.at, width)) {
      merged.back() = {one.at, std::min(merged.back().lowest, one.lowest),
                       std::max(merged.back().highest, one.highest)};
    } else {
      merged.push_back(one);
    }
  }
  all = std::move(merged);
}

/// One for each stretch and direction: added up, at the later time.
void mergeEvents(std::vector<api::ScaleEvent>& all, seconds width) {
  std::vector<api::ScaleEvent> merged;
  for (const api::ScaleEvent& one : all) {
    const auto same = std::ranges::find_if(merged, [&](const api::ScaleEvent& other) {
      return (other.change > 0) == (one.change > 0) && stretchOf(other.at, width) == stretchOf(one.at, width);
    });
    if (same == merged.end()) {
      merged.push_back(one);
      continue;
    }
    const int64_t sum = int64_t{same->change} + one.change;
    *same = {one.at, static_cast<int32_t>(std::clamp<int64_t>(sum, std::numeric_limits<int32_t>::min(),
                                                              std::numeric_limits<int32_t>::max()))};
  }
  std::ranges::stable_sort(merged, {}, &api::ScaleEvent::at);
  all = std::move(merged);
}

}  // namespace

void recordProposal(api::ScalingHistory& history, int32_t proposal, const api::Behavior& behavior, WallTime now) {
  std::vector<api::Recommendation>& all = history.recommendations;
  const seconds memory = behavior.longestMemory();
  std::erase_if(all, [&](const api::Recommendation& one) { return one.at <= now - memory; });
  all.push_back({now, proposal, proposal});
  dropOutdone(all);
  // Some fewer stretches than places: the last begin and end in the middle of one, and there is room to grow.
  if (all.size() > kMostRecommendations) mergeRecommendations(all, widthFor(memory, 100));
}

void recordChange(api::ScalingHistory& history, int32_t change, const api::Behavior& behavior, WallTime now) {
  const WallTime second = std::chrono::floor<seconds>(now);
  std::vector<api::ScaleEvent>& all = history.scaleEvents;
  const seconds memory = behavior.longestMemory();
  std::erase_if(all, [&](const api::ScaleEvent& one) { return one.at <= second - memory; });
  all.push_back({second, change});
  if (all.size() > kMostScaleEvents) mergeEvents(all, widthFor(memory, 25));
}

api::ScalingHistory resume(api::ScalingHistory history, seconds poll, WallTime now) {
  if (history.recommendations.empty()) return history;
  api::Recommendation& last = history.recommendations.back();
  last.at = std::max(last.at, WallTime(std::chrono::floor<seconds>(now)) - poll);
  return history;
}

}  // namespace tidewright::decide
