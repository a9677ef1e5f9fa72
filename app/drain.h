#pragma once

#include <chrono>
#include <cstddef>
#include <variant>

#include "operator/clock.h"

namespace tidewright::app {

/// How a stop goes. The defaults are the graceful stop; each switch takes one part of it away, for negative controls.
struct DrainPolicy {
  std::chrono::seconds limit{25};      ///< from the stop request until everything is cut; below Kubernetes' 30 s grace
  std::chrono::seconds idleLimit{10};  ///< how long an idle connection may still bring its next request
  /// Nothing was left for so long: only then is it over, since a connection may arrive that a lagging kube-proxy sent.
  std::chrono::milliseconds quiet{500};
  bool exitAtOnce = false;
  bool cutInFlight = false;
  bool closeIdleAtOnce = false;
  bool keepConnections = false;
};

struct Serving {};
struct Draining {
  MonoTime since;
  bool idleClosed = false;
};
struct Stopped {};  // final
using DrainState = std::variant<Serving, Draining, Stopped>;

struct StopRequested {};  ///< SIGTERM or SIGINT; a second one changes nothing
/// Time passes. `lastBusy`: when a connection was last open or accepted.
struct Tick {
  std::size_t connections = 0;
  MonoTime lastBusy;
};
using DrainEvent = std::variant<StopRequested, Tick>;

enum class DrainAction {
  None,
  CloseIdle,    ///< close the connections that wait for a request
  CutInFlight,  ///< close the connections that have a request in flight
  Exit,         ///< leave; whatever is open is cut
};

struct DrainStep {
  DrainState state;
  DrainAction action = DrainAction::None;
};

/// One step of the stop. Pure. Source: spec/app.md "graceful stop".
[[nodiscard]] DrainStep transition(const DrainState& state, const DrainEvent& event, const DrainPolicy& policy,
                                   MonoTime now);

/// Whether an answer given in this state says `Connection: close`.
[[nodiscard]] bool closesConnections(const DrainState& state, const DrainPolicy& policy);

}  // namespace tidewright::app
