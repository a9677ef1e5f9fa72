#include "operator/decide/sizes.h"

#include <algorithm>

#include "operator/decide/canary_tick.h"
#include "operator/decide/proportional.h"

namespace tidewright::decide {
namespace {

ReplicaSetSize sizeOf(const ReplicaSetView& set) { return {set.replicas, set.available}; }

Sizes asTheyAre(const Revisions& revisions) {
  Sizes sizes;
  for (const ReplicaSetView& set : revisions.sets) sizes.replicas.push_back(set.replicas);
  return sizes;
}

int32_t& goalSize(Sizes& sizes, const Revisions& revisions) {
  return revisions.goal ? sizes.replicas[*revisions.goal] : sizes.created;
}

}  // namespace

bool needsScaling(const Revisions& revisions, int32_t desired) {
  return std::ranges::any_of(revisions.sets, [desired](const ReplicaSetView& set) {
    return set.replicas > 0 && set.record.sizedFor && set.record.sizedFor->desired != desired;
  });
}

Sizes scaledSizes(const Revisions& revisions, int32_t desired, Limits limits) {
  std::vector<ProportionalReplicaSet> sets;
  for (size_t i = 0; i < revisions.sets.size(); ++i) {
    const ReplicaSetView& set = revisions.sets[i];
    sets.push_back({set.replicas, set.available, set.record.sizedFor, i == revisions.goal});
  }
  return {.replicas = scaleProportionally(sets, desired, limits.surge)};
}

Sizes rollingSizes(const Revisions& revisions, int32_t desired, Limits limits) {
  Sizes sizes = asTheyAre(revisions);
  std::vector<ReplicaSetSize> old;
  std::vector<size_t> at;
  for (size_t i = 0; i < revisions.sets.size(); ++i) {
    if (i == revisions.goal) continue;
    old.push_back(sizeOf(revisions.sets[i]));
    at.push_back(i);
  }
  const ReplicaSetSize updated = revisions.goal ? sizeOf(revisions.sets[*revisions.goal]) : ReplicaSetSize{};
  const RollingTick tick = rollingTick(old, updated, desired, limits);
  goalSize(sizes, revisions) = tick.newReplicas;
  for (size_t i = 0; i < at.size(); ++i) sizes.replicas[at[i]] = tick.oldReplicas[i];
  return sizes;
}

Sizes recreateSizes(const Revisions& revisions, int32_t desired) {
  Sizes sizes = asTheyAre(revisions);
  bool gone = true;
  for (size_t i = 0; i < revisions.sets.size(); ++i) {
    if (i == revisions.goal) continue;
    sizes.replicas[i] = 0;
    gone = gone && revisions.sets[i].replicas == 0 && revisions.sets[i].pods == 0;
  }
  // Two versions side by side is what Recreate exists to avoid, terminating pods included.
  if (gone) goalSize(sizes, revisions) = desired;
  return sizes;
}

Sizes canarySizes(const Revisions& revisions, CanaryCounts target, int32_t desired, Limits limits) {
  Sizes sizes = asTheyAre(revisions);
  const ReplicaSetSize canary = revisions.goal ? sizeOf(revisions.sets[*revisions.goal]) : ReplicaSetSize{};
  int64_t older = 0;
  for (size_t i = 0; i < revisions.sets.size(); ++i) {
    if (i == revisions.goal || i == revisions.stable) continue;
    older += sizes.replicas[i];
    sizes.replicas[i] = 0;
  }
  const CanaryCounts counts =
      canaryTick(canary, sizeOf(revisions.sets[*revisions.stable]), older, target, desired, limits);
  goalSize(sizes, revisions) = counts.canary;
  sizes.replicas[*revisions.stable] = counts.stable;
  return sizes;
}

Sizes blueGreenSizes(const Revisions& revisions, int32_t desired, bool oldMayGo) {
  Sizes sizes = asTheyAre(revisions);
  goalSize(sizes, revisions) = desired;
  for (size_t i = 0; i < revisions.sets.size(); ++i) {
    if (i == revisions.goal) continue;
    if (i == revisions.stable) {
      sizes.replicas[i] = desired;
    } else if (oldMayGo) {
      sizes.replicas[i] = 0;
    }
  }
  return sizes;
}

Sizes withinLimits(Sizes proposal, const Revisions& revisions, int32_t floor, int64_t cap) {
  int64_t available = 0;
  for (const ReplicaSetView& set : revisions.sets) available += std::min(set.available, set.replicas);
  int64_t spare = std::max<int64_t>(0, available - floor);
  int64_t sum = 0;
  for (size_t i = 0; i < revisions.sets.size(); ++i) {
    const ReplicaSetView& set = revisions.sets[i];
    int32_t& size = proposal.replicas[i];
    const int64_t lost = std::max(0, std::min(set.available, set.replicas) - size);
    if (size < set.replicas) size += static_cast<int32_t>(std::max<int64_t>(0, lost - spare));
    spare -= std::min(lost, spare);
    sum += std::min(size, set.replicas);
  }

  int64_t room = std::max<int64_t>(0, cap - sum);
  const auto grow = [&room](int32_t& size, int32_t from) {
    if (size <= from) return;
    size = from + static_cast<int32_t>(std::min<int64_t>(size - from, room));
    room -= size - from;
  };
  for (size_t i = 0; i < revisions.sets.size(); ++i) grow(proposal.replicas[i], revisions.sets[i].replicas);
  grow(proposal.created, 0);
  return proposal;
}

}  // namespace tidewright::decide
