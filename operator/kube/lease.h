#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "operator/clock.h"

/// Leader election as a state machine: no I/O, no threads, no clock. Who leads holds a Lease object and renews it.
/// Only what this process itself has seen change, and when, counts; the times written in the Lease are another
/// machine's and are never compared with ours. So clocks may be wrong, as long as they run at about the same speed:
/// `duration` against `renewDeadline` is the difference in speed that is survived.
namespace tidewright::kube {

struct LeaseConfig {
  std::string identity;  ///< Of no other process that may be alive: the pod's name, or the host's and a random part
  std::chrono::nanoseconds duration = std::chrono::seconds(15);
  std::chrono::nanoseconds renewDeadline = std::chrono::seconds(10);  ///< Less than duration
  std::chrono::nanoseconds retryPeriod = std::chrono::seconds(2);     ///< Less than renewDeadline
};

/// Not leading. `version` is the Lease's resourceVersion ("" before the first look), seen first at `changedAt`.
struct Standby {
  std::string version;
  std::string holder;
  MonoTime changedAt;
  std::chrono::nanoseconds duration{};  ///< What its holder asked for
};
struct Leading {
  std::string version;
  MonoTime renewedAt;
};
struct Lost {
  std::string why;
};  // final
using LeaseState = std::variant<Standby, Leading, Lost>;

/// The Lease was read: it is so now.
struct LeaseRead {
  std::string holder, version;
  std::chrono::nanoseconds duration{};
};
/// There is no such Lease.
struct LeaseAbsent {};
/// Our write was accepted.
struct LeaseWritten {
  std::string version;
  MonoTime askedAt;  ///< When it was sent
};
/// Somebody else wrote first, or we do not know: no answer, an error.
struct LeaseNoAnswer {};
struct LeaseTick {};  ///< Time passes
using LeaseEvent = std::variant<LeaseRead, LeaseAbsent, LeaseWritten, LeaseNoAnswer, LeaseTick>;

/// Read looks; Create makes the object; Take writes us into it with the version that was seen; Exit ends the process's
/// writing for good. None: wait for the next tick.
enum class LeaseAction : std::uint8_t { None, Read, Create, Take, Exit };

struct LeaseNext {
  LeaseState state;
  LeaseAction action = LeaseAction::None;
};

[[nodiscard]] LeaseNext transition(const LeaseState& state, const LeaseEvent& event, const LeaseConfig& config,
                                   MonoTime now);

/// What every write must ask first. A process that was paused past the deadline has had no tick since: so it is the
/// time that decides, not the state alone.
[[nodiscard]] bool mayWrite(const LeaseState& state, const LeaseConfig& config, MonoTime now);

}  // namespace tidewright::kube
