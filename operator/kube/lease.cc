#include "operator/kube/lease.h"

#include <algorithm>

namespace tidewright::kube {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

/// Nobody holds it, or whoever did has not shown itself for as long as it promised to.
bool free(const Standby& s, const LeaseConfig& config, MonoTime now) {
  return s.holder.empty() || now - s.changedAt >= std::max(s.duration, config.duration);
}

LeaseNext onRead(const Standby& s, const LeaseRead& e, const LeaseConfig& config, MonoTime now) {
  // The first look starts the full wait: how long the holder has been silent before that is not ours to know.
  const bool changed = e.version != s.version;
  const Standby seen{e.version, e.holder, changed ? now : s.changedAt, e.duration};
  // Ours: the answer to our write was lost. When that write was, we cannot tell; so it is written again.
  if (e.holder == config.identity) return {seen, LeaseAction::Take};
  return {seen, free(seen, config, now) ? LeaseAction::Take : LeaseAction::None};
}

LeaseNext onAbsent(const Standby& s, const LeaseConfig& config, MonoTime now) {
  // Somebody deleted it under a leader, who learns of that only at the next renewal.
  const bool leaderMayLive = !s.version.empty() && !free(s, config, now);
  return {s, leaderMayLive ? LeaseAction::None : LeaseAction::Create};
}

LeaseNext onTickLeading(const Leading& s, const LeaseConfig& config, MonoTime now) {
  if (now - s.renewedAt >= config.renewDeadline) return {Lost{"not renewed in time"}, LeaseAction::Exit};
  return {s, LeaseAction::Take};
}

}  // namespace

LeaseNext transition(const LeaseState& state, const LeaseEvent& event, const LeaseConfig& config, MonoTime now) {
  const auto unlessLate = [&](const Leading& s) -> LeaseNext {
    if (!mayWrite(s, config, now)) return {Lost{"not renewed in time"}, LeaseAction::Exit};
    return {s, LeaseAction::None};
  };
  return std::visit(
      Overloaded{[](const Standby& s, const LeaseTick&) -> LeaseNext {
                   return {s, LeaseAction::Read};
                 },
                 [&](const Standby& s, const LeaseRead& e) -> LeaseNext { return onRead(s, e, config, now); },
                 [&](const Standby& s, const LeaseAbsent&) -> LeaseNext { return onAbsent(s, config, now); },
                 [&](const Standby& s, const LeaseWritten& e) -> LeaseNext {
                   // askedAt, not now: the others may have begun to count down as early as that. An answer that took
                   // too long makes no leader; the next look finds our own name and writes once more.
                   const Leading leading{e.version, e.askedAt};
                   if (!mayWrite(leading, config, now)) return {s, LeaseAction::None};
                   return {leading, LeaseAction::None};
                 },
                 [](const Standby& s, const LeaseNoAnswer&) -> LeaseNext {
                   return {s, LeaseAction::None};
                 },

                 [&](const Leading& s, const LeaseTick&) -> LeaseNext { return onTickLeading(s, config, now); },
                 [&](const Leading& s, const LeaseRead& e) -> LeaseNext {
                   if (e.holder != config.identity) return {Lost{"taken by \"" + e.holder + "\""}, LeaseAction::Exit};
                   // Still ours, changed by a lost write of ours or by a person: the next write needs the version, but
                   // reading renews nothing.
                   return unlessLate({e.version, s.renewedAt});
                 },
                 [](const Leading&, const LeaseAbsent&) -> LeaseNext {
                   return {Lost{"the Lease was deleted"}, LeaseAction::Exit};
                 },
                 [&](const Leading&, const LeaseWritten& e) -> LeaseNext {
                   return unlessLate({e.version, e.askedAt});
                 },
                 [&](const Leading& s, const LeaseNoAnswer&) -> LeaseNext { return unlessLate(s); },

                 [](const Lost& s, const auto&) -> LeaseNext {
                   return {s, LeaseAction::Exit};
                 }},
      state, event);
}

bool mayWrite(const LeaseState& state, const LeaseConfig& config, MonoTime now) {
  const auto* leading = std::get_if<Leading>(&state);
  return leading != nullptr && now - leading->renewedAt < config.renewDeadline;
}

}  // namespace tidewright::kube
