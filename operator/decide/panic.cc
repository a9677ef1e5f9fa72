#include "operator/decide/panic.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidewright::decide {
namespace {

/// The panic that there is after this sample, if any.
std::optional<api::PanicState> advance(const api::Panic& panic, bool known, bool crossing,
                                       const std::optional<api::PanicState>& before, WallTime now) {
  if (crossing) return api::PanicState{};
  if (!before) return std::nullopt;
  // Nobody knows that it is calm: the window starts anew.
  if (!known) return api::PanicState{};
  const WallTime calmSince = before->calmSince.value_or(now);
  if (now - calmSince >= panic.window) return std::nullopt;
  return api::PanicState{calmSince};
}

}  // namespace

PanicOutcome panic(int32_t replicas, const api::Autoscaling& policy, const api::Sample& sample, Pods pods,
                   const Bounds& bounds, const std::optional<api::PanicState>& before, WallTime now) {
  if (!policy.panic) return {{replicas, {}}, std::nullopt};
  const api::Number* number = std::get_if<api::Number>(&sample);
  const int32_t proposal =
      number == nullptr ? 0 : proposalOf(policy.metrics.front().target, number->value, pods, policy.behavior);
  // Leaving zero is not for the panic: a multiple of nothing is anything.
  const bool crossing =
      pods.current > 0 && int64_t{proposal} * 100 >= int64_t{policy.panic->thresholdPercent} * pods.current;

  PanicOutcome result{{replicas, {}}, advance(*policy.panic, number != nullptr, crossing, before, now)};
  if (!result.state) return result;
  if (crossing && std::min(proposal, bounds.max) > replicas) {
    result.outcome = {
        std::min(proposal, bounds.max),
        fmt::format("panic: the short window's {} asks for {}, at least {} % of {}; the most allowed is {}",
                    number->value, proposal, policy.panic->thresholdPercent, pods.current, bounds.max)};
  } else if (replicas < pods.current) {
    result.outcome = {pods.current,
                      fmt::format("panic: the count does not fall before {} s of calm", policy.panic->window.count())};
  }
  return result;
}

}  // namespace tidewright::decide
