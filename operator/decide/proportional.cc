#include "operator/decide/proportional.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidewright::decide {
namespace {

/// The only ReplicaSet that has pods; with none, the new one, else the youngest. Nothing if several have pods.
std::optional<size_t> onlyCandidate(std::span<const ProportionalReplicaSet> sets) {
  std::optional<size_t> active;
  std::optional<size_t> fresh;
  for (size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].isNew) fresh = i;
    if (sets[i].replicas == 0) continue;
    if (active) return std::nullopt;
    active = i;
  }
  if (active) return active;
  return fresh ? fresh : std::optional(sets.size() - 1);
}

bool saturated(const ProportionalReplicaSet& set, int32_t desired) {
  return set.isNew && set.replicas == desired && set.available == desired &&
         (!set.sizedFor || set.sizedFor->desired == desired);
}

/// By how much a ReplicaSet would change if it kept its share exactly.
int64_t share(const ProportionalReplicaSet& set, int32_t desired, int32_t surge, int64_t sum) {
  if (desired == 0) return -int64_t{set.replicas};
  // A record below what runs is stale; dividing by it would inflate every share.
  const int64_t sizedForMax = std::max<int64_t>(set.sizedFor ? set.sizedFor->max : 0, sum);
  const double exact = static_cast<double>(set.replicas) * static_cast<double>(int64_t{desired} + surge) /
                       static_cast<double>(sizedForMax);
  return std::llround(exact) - set.replicas;
}

}  // namespace

std::vector<int32_t> scaleProportionally(std::span<const ProportionalReplicaSet> sets, int32_t desired, int32_t surge) {
  std::vector<int32_t> sizes;
  int64_t sum = 0;
  for (const ProportionalReplicaSet& set : sets) {
    sizes.push_back(set.replicas);
    sum += set.replicas;
  }
  if (sets.empty()) return sizes;

  if (const std::optional<size_t> only = onlyCandidate(sets)) {
    sizes[*only] = desired;
    return sizes;
  }
  for (size_t i = 0; i < sets.size(); ++i) {
    if (!saturated(sets[i], desired)) continue;
    std::ranges::fill(sizes, 0);
    sizes[i] = desired;
    return sizes;
  }

  const int64_t add = (desired > 0 ? int64_t{desired} + surge : 0) - sum;
  if (add == 0) return sizes;
  std::vector<size_t> order;
  for (size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].replicas > 0) order.push_back(i);
  }
  // Among equals the newest gains first and the oldest loses first: pods move towards the new revision.
  if (add > 0) std::ranges::reverse(order);
  std::ranges::stable_sort(order, std::greater{}, [&sets](size_t i) { return sets[i].replicas; });

  int64_t added = 0;
  for (const size_t i : order) {
    const int64_t wanted = share(sets[i], desired, surge, sum);
    const int64_t change = add > 0 ? std::min(wanted, add - added) : std::max(wanted, add - added);
    sizes[i] += static_cast<int32_t>(change);
    added += change;
  }
  const int64_t first = sizes[order.front()] + add - added;
  sizes[order.front()] = static_cast<int32_t>(std::clamp<int64_t>(first, 0, std::numeric_limits<int32_t>::max()));
  return sizes;
}

}  // namespace tidewright::decide
