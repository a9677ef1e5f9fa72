#include "app/drain.h"

namespace tidewright::app {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

DrainStep begin(const DrainPolicy& policy, MonoTime now) {
  if (policy.exitAtOnce) return {Stopped{}, DrainAction::Exit};
  if (policy.closeIdleAtOnce) return {Draining{.since = now, .idleClosed = true}, DrainAction::CloseIdle};
  return {Draining{.since = now}, policy.cutInFlight ? DrainAction::CutInFlight : DrainAction::None};
}

DrainStep goOn(const Draining& s, const Tick& tick, const DrainPolicy& policy, MonoTime now) {
  if (now - s.since >= policy.limit) return {Stopped{}, DrainAction::Exit};
  if (tick.connections == 0 && now - tick.lastBusy >= policy.quiet) return {Stopped{}, DrainAction::Exit};
  if (!s.idleClosed && !policy.keepConnections && now - s.since >= policy.idleLimit) {
    return {Draining{.since = s.since, .idleClosed = true}, DrainAction::CloseIdle};
  }
  return {s, DrainAction::None};
}

}  // namespace

DrainStep transition(const DrainState& state, const DrainEvent& event, const DrainPolicy& policy, MonoTime now) {
  return std::visit(Overloaded{[&](const Serving&, const StopRequested&) { return begin(policy, now); },
                               [](const Serving& s, const Tick&) -> DrainStep { return {s}; },
                               [](const Draining& s, const StopRequested&) -> DrainStep { return {s}; },
                               [&](const Draining& s, const Tick& tick) { return goOn(s, tick, policy, now); },
                               [](const Stopped& s, const auto&) -> DrainStep {
                                 return {s, DrainAction::Exit};
                               }},
                    state, event);
}

bool closesConnections(const DrainState& state, const DrainPolicy& policy) {
  return !std::holds_alternative<Serving>(state) && !policy.keepConnections;
}

}  // namespace tidewright::app
