#include "operator/decide/stabilise.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidewright::decide {

Outcome stabilise(int32_t proposal, int32_t current, std::span<const api::Recommendation> recent,
                  const api::Behavior& behavior, WallTime now) {
  const WallTime upFrom = now - behavior.scaleUp.stabilizationWindow;
  const WallTime downFrom = now - behavior.scaleDown.stabilizationWindow;
  int32_t up = proposal, down = proposal;
  for (const api::Recommendation& past : recent) {
    if (past.at > upFrom) up = std::min(up, past.lowest);
    if (past.at > downFrom) down = std::max(down, past.highest);
  }
  const int32_t stabilised = std::max(std::min(current, down), up);
  if (stabilised == proposal) return {stabilised, {}};
  return {stabilised, fmt::format("the lowest proposal within {} s is {}, the highest within {} s is {}",
                                  behavior.scaleUp.stabilizationWindow.count(), up,
                                  behavior.scaleDown.stabilizationWindow.count(), down)};
}

}  // namespace tidewright::decide
