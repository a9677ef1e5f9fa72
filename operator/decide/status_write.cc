#include "operator/decide/status_write.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "operator/decide/history.h"

namespace tidewright::decide {
namespace {

using api::ScalingHistory;
using std::chrono::seconds;

constexpr seconds kBetweenHistoryWrites{60};
constexpr seconds kBetweenValueWrites{300};

/// Every proposal of `other` that a window still holds is met in `cautious` by one at least as late and as far out, in
/// each direction that looks at it.
bool coversProposals(const ScalingHistory& cautious, const ScalingHistory& other, const api::Behavior& behavior,
                     WallTime now) {
  const auto& kept = cautious.recommendations;
  return std::ranges::all_of(other.recommendations, [&](const api::Recommendation& one) {
    const bool forUp = one.at > now - behavior.scaleUp.stabilizationWindow;
    const bool forDown = one.at > now - behavior.scaleDown.stabilizationWindow;
    const auto met = [&](auto farEnough) {
      return std::ranges::any_of(kept, [&](const auto& mine) { return mine.at >= one.at && farEnough(mine); });
    };
    return (!forUp || met([&](const auto& mine) { return mine.lowest <= one.lowest; })) &&
           (!forDown || met([&](const auto& mine) { return mine.highest >= one.highest; }));
  });
}

bool sameEvents(const ScalingHistory& a, const ScalingHistory& b, const api::Behavior& behavior, WallTime now) {
  const auto counted = [&](const ScalingHistory& history) {
    std::vector<api::ScaleEvent> events = history.scaleEvents;
    std::erase_if(events, [&](const api::ScaleEvent& one) { return one.at <= now - behavior.longestMemory(); });
    return events;
  };
  return counted(a) == counted(b);
}

/// A clock that runs towards a bolder decision: unset is the most cautious, and the later the more.
bool startsNoEarlier(const std::optional<WallTime>& cautious, const std::optional<WallTime>& other) {
  return !cautious || (other && *cautious >= *other);
}

bool coversPanic(const std::optional<api::PanicState>& cautious, const std::optional<api::PanicState>& other) {
  return !other || (cautious && startsNoEarlier(cautious->calmSince, other->calmSince));
}

bool coversUnknowns(const ScalingHistory& cautious, const ScalingHistory& other) {
  return std::ranges::all_of(cautious.unknownSince, [&](const auto& entry) {
    const auto it = other.unknownSince.find(entry.first);
    return it != other.unknownSince.end() && entry.second >= it->second;
  });
}

/// Whoever decides from `cautious` never moves the count earlier or farther than who decides from `other`.
bool covers(const ScalingHistory& cautious, const ScalingHistory& other, const api::Behavior& behavior, WallTime now) {
  return coversProposals(cautious, other, behavior, now) && sameEvents(cautious, other, behavior, now) &&
         startsNoEarlier(cautious.idleSince, other.idleSince) && coversPanic(cautious.panic, other.panic) &&
         coversUnknowns(cautious, other);
}

/// As they are stored, where an unknown is its reason alone.
bool sameMetric(const api::MetricTrace& a, const api::MetricTrace& b) {
  const auto *unknownA = std::get_if<api::Unknown>(&a.sample), *unknownB = std::get_if<api::Unknown>(&b.sample);
  const bool sameSample =
      unknownA != nullptr && unknownB != nullptr ? unknownA->reason == unknownB->reason : a.sample == b.sample;
  return sameSample && std::tie(a.name, a.target, a.proposal, a.why) == std::tie(b.name, b.target, b.proposal, b.why);
}

bool sameValues(const std::optional<api::LastDecision>& a, const std::optional<api::LastDecision>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return std::tie(a->current, a->readyPods, a->steps, a->result) ==
             std::tie(b->current, b->readyPods, b->steps, b->result) &&
         std::ranges::equal(a->metrics, b->metrics, sameMetric);
}

}  // namespace

WriteReason mustWrite(const api::AutoscalingStatus& stored, const api::AutoscalingStatus& memory,
                      const api::Autoscaling& policy, Occasion occasion, WallTime now) {
  if (stored.desiredReplicas != memory.desiredReplicas) return WriteReason::CountChanged;
  // Both as of the tick that the memory is of: between two ticks time passes for the one as for the other.
  const WallTime tick = memory.lastDecision ? std::min(now, memory.lastDecision->time) : now;
  // Whoever restarts decides at the next poll, at the earliest.
  const ScalingHistory read = resume(stored.history, policy.poll, tick + policy.poll);
  if (!covers(read, memory.history, policy.behavior, tick)) return WriteReason::StoredIsLessCautious;

  const std::optional<WallTime> written = stored.lastDecision ? std::optional(stored.lastDecision->time) : std::nullopt;
  const auto isOlderThan = [&](seconds age) { return !written || now - *written >= age; };
  if ((occasion == Occasion::Shutdown || isOlderThan(kBetweenHistoryWrites)) &&
      !covers(memory.history, read, policy.behavior, tick)) {
    return WriteReason::StoredIsMoreCautious;
  }
  if (isOlderThan(kBetweenValueWrites) && !sameValues(stored.lastDecision, memory.lastDecision)) {
    return WriteReason::ValuesAged;
  }
  return WriteReason::None;
}

}  // namespace tidewright::decide
