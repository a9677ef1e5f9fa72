#include "operator/decide/routed_canary.h"

#include <algorithm>

#include <fmt/format.h>

#include "operator/decide/rollout_turn.h"

namespace tidewright::decide {
namespace {

/// Everything at its size but the stable side, which is whole; nobody needs more than the whole count.
Sizes standing(const RolloutTurn& turn) {
  Sizes sizes;
  for (const ReplicaSetView& set : turn.revisions.sets)
    sizes.replicas.push_back(std::min(set.replicas, turn.in.desired));
  sizes.replicas[*turn.revisions.stable] = turn.in.desired;
  return sizes;
}

/// Sets that are neither stable nor the goal nor of the revision `kept` go.
void drain(const RolloutTurn& turn, Sizes& sizes, const std::string& kept) {
  for (size_t i = 0; i < sizes.replicas.size(); ++i) {
    const bool stays =
        i == turn.revisions.stable || i == turn.revisions.goal || turn.revisions.sets[i].revision == kept;
    if (!stays) sizes.replicas[i] = 0;
  }
}

/// Enough of the stable side serves to take over all requests. A pod or two that were just lost must not hold up the
/// way back from a bad canary.
bool stableMayServeAll(const RolloutTurn& turn) {
  const RouteView& route = *turn.in.route;
  const int32_t spare = std::max(turn.limits.unavailable, (turn.in.desired + 9) / 10);
  // A set that was just made smaller still has the endpoints that are about to go.
  const int32_t serving = std::min(route.stableServing, turn.available(turn.revisions.stable));
  return route.stableRevision == turn.stableName() &&
         serving >= std::max(std::min(turn.in.desired, 1), turn.in.desired - spare);
}

int32_t availableOf(const RolloutTurn& turn, const std::string& revision) {
  for (size_t i = 0; i < turn.revisions.sets.size(); ++i) {
    if (turn.revisions.sets[i].revision == revision) return turn.available(i);
  }
  return 0;
}

/// The canary Service still leads to another revision than it is to, and goes on with that until nothing comes to it.
Sizes leaveOldCanary(RolloutTurn& turn) {
  const RouteView& route = *turn.in.route;
  Sizes sizes = standing(turn);
  drain(turn, sizes, route.canaryRevision);
  turn.out.canaryRevision = route.canaryRevision;
  turn.holdsCreation = true;
  const bool somebodyServes = stableMayServeAll(turn) || availableOf(turn, route.canaryRevision) == 0;
  turn.out.route = RouteWrite{somebodyServes ? 0 : route.highest};
  turn.memory.weight = route.lowest;
  turn.memory.desiredWeight = 0;
  turn.memory.message = "the requests of the route go back to the stable revision";
  turn.out.why.push_back(turn.memory.message);
  return sizes;
}

/// Without the route nothing that it may lead to goes, and nothing new comes: whoever mends it is waited for.
Sizes waitForRoute(RolloutTurn& turn) {
  const RouteView& route = *turn.in.route;
  Sizes sizes = standing(turn);
  if (turn.revisions.sets[*turn.revisions.stable].replicas == 0) sizes.replicas[*turn.revisions.stable] = 0;
  turn.out.canaryRevision = route.canaryRevision;
  turn.holdsCreation = true;
  turn.stepsDone = false;
  if (!turn.memory.pausedAt) turn.memory.pausedAt = turn.now;
  turn.memory.progressedAt.reset();
  turn.memory.message = route.trouble;
  turn.out.why.push_back(route.trouble);
  return sizes;
}

/// The stable revision is the goal: nothing else is to run, and the route is the user's again.
Sizes standAlone(RolloutTurn& turn) {
  const RouteView& route = *turn.in.route;
  Sizes sizes = standing(turn);
  drain(turn, sizes, {});
  turn.out.canaryRevision = turn.stableName();
  turn.memory.pausedAt.reset();
  const bool ready = route.canaryRevision == turn.stableName() && stableMayServeAll(turn);
  if (route.known && route.taken && ready) turn.out.route = RouteWrite{};
  return sizes;
}

}  // namespace

int32_t routedPods(int32_t desired, int32_t weight) {
  return static_cast<int32_t>((int64_t{desired} * weight + 99) / 100);
}

Sizes routedCanary(RolloutTurn& turn) {
  const RouteView& route = *turn.in.route;
  const std::string goal = turn.rolling() ? turn.in.target.hash : turn.stableName();
  const bool elsewhere = !route.canaryRevision.empty() && route.canaryRevision != goal;
  if (!route.known && (turn.rolling() || elsewhere)) return waitForRoute(turn);
  if (elsewhere && route.highest > 0) return leaveOldCanary(turn);
  if (!turn.rolling()) return standAlone(turn);
  // Whatever the user's weights are, the canary Service may lead to the stable revision: until they are 0 it stays so.
  if (!route.taken && route.canaryRevision != goal) return leaveOldCanary(turn);
  turn.out.canaryRevision = goal;
  return stepCanary(turn);
}

bool routeHasWeight(const RolloutTurn& turn, int32_t weight) {
  const Revisions& revisions = turn.revisions;
  const int32_t want = routedPods(turn.in.desired, weight);
  for (size_t i = 0; i < revisions.sets.size(); ++i) {
    if (i != revisions.goal && i != revisions.stable && revisions.sets[i].available > 0) return false;
  }
  if (turn.goal() == nullptr || turn.goal()->replicas != want || turn.available(revisions.goal) < want) return false;
  const ReplicaSetView& stable = revisions.sets[*revisions.stable];
  if (stable.replicas != turn.in.desired || turn.available(revisions.stable) < turn.in.desired) return false;
  return turn.in.desired == 0 || (turn.in.route->lowest == weight && turn.in.route->highest == weight);
}

Sizes routedSizes(RolloutTurn& turn, int32_t weight, bool still) {
  const RouteView& route = *turn.in.route;
  const Revisions& revisions = turn.revisions;
  const int32_t desired = turn.in.desired;
  const int32_t now = turn.goal() == nullptr ? 0 : turn.goal()->replicas;
  const int32_t serving = turn.available(revisions.goal);
  const int32_t wanted = routedPods(desired, weight);

  int32_t share = weight;
  // More requests come only to pods that are there, on either side.
  const bool there = serving >= wanted && route.canaryRevision == turn.in.target.hash;
  if (weight > route.highest && !there) share = route.highest;
  if (weight < route.highest && !stableMayServeAll(turn)) share = route.highest;
  // An analysis that cannot tell changes nothing.
  if (still) share = turn.in.status.rollout.weight;
  if (serving == 0) share = 0;
  turn.out.route = RouteWrite{share};
  turn.memory.weight = route.lowest;

  Sizes sizes = standing(turn);
  drain(turn, sizes, {});
  // What the weight in force needs stays until it has fallen; it does not bring pods by itself.
  const int32_t kept = std::min(now, still ? desired : routedPods(desired, route.highest));
  const int32_t needed = still ? routedPods(desired, share) : wanted;
  (revisions.goal ? sizes.replicas[*revisions.goal] : sizes.created) = std::max(needed, kept);

  const bool alone = route.lowest == 100 && weight == 100 && !still;
  const bool gone = revisions.sets[*revisions.stable].replicas == 0;
  if (alone && turn.stepsDone && turn.mayFinish() && (gone || serving >= desired)) {
    sizes.replicas[*revisions.stable] = 0;
  }
  return sizes;
}

}  // namespace tidewright::decide
