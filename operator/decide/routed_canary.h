#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tidewright::decide {

/// The route that shares the requests out between the Services NAME-stable and NAME-canary, and these, as they are.
struct RouteView {
  bool known = false;   ///< Its weights can be read
  std::string trouble;  ///< Why not, for a person
  bool taken = false;   ///< Its weights are ours for now; what the user wrote is kept beside them
  int32_t lowest = 0;   ///< Percent of the requests that go to the canary Service, in the rule that gives it the fewest
  int32_t highest = 0;  ///< and in the one that gives it the most
  std::string stableRevision, canaryRevision;  ///< What the Services select; empty: there is none
  int32_t stableServing = 0;                   ///< Ready endpoints of the stable Service
};

/// What the route's weights should be: left as they are where they are so already.
struct RouteWrite {
  std::optional<int32_t> weight;  ///< Percent for the canary; none: what the user had written, which ends our keeping
};

struct RolloutTurn;
struct Sizes;

/// Pods that a canary of that weight needs: its share of the whole count, since the stable side stays whole.
[[nodiscard]] int32_t routedPods(int32_t desired, int32_t weight);

/// The sizes of a canary whose weight a route carries, and the weight. The canary's pods are there before its weight
/// rises, and go after it has fallen; the canary Service changes its revision only at weight 0; and the stable side
/// goes once all requests go to the other. Needs `in.route` and a stable revision. Source: spec/rollout.md.
[[nodiscard]] Sizes routedCanary(RolloutTurn& turn);

/// Whether both sides and the route are as `weight` wants them.
[[nodiscard]] bool routeHasWeight(const RolloutTurn& turn, int32_t weight);
/// Sizes and weight of the step that was taken. `still`: an analysis keeps everything where it is.
[[nodiscard]] Sizes routedSizes(RolloutTurn& turn, int32_t weight, bool still);

}  // namespace tidewright::decide
