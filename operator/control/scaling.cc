#include "operator/control/scaling.h"

#include <algorithm>
#include <utility>

#include "operator/decide/history.h"

namespace tidewright::control {
namespace {

/// An answer that comes so much before its time still counts as in time.
constexpr std::chrono::milliseconds kJitter{900};
/// How long after its time an answer is waited for before the decision is made without.
constexpr std::chrono::seconds kGrace{1};
/// A decision that comes later after its answer has lost the rhythm: the next answer would be too early for it.
constexpr std::chrono::milliseconds kPrompt{500};
/// Decisions count in whole seconds: two of one and the same second would be one to the windows.
constexpr std::chrono::seconds kOneTick{1};

WallTime wholeSecond(WallTime time) { return std::chrono::floor<std::chrono::seconds>(time); }

std::string nameOf(const std::string& uid, const std::string& shard) { return uid + '/' + shard; }
/// Comes behind the slash, and so behind all shards of a uid.
constexpr char kBehindNames = '/' + 1;

/// What all queries of a policy say now.
struct Samples {
  decide::Observed seen;
  bool pending = false;  ///< One of them has no answer at all yet
  WallTime answeredAt;   ///< The newest of the answers
};

Samples readAll(const api::Autoscaling& policy, const ReadSample& read) {
  Samples all;
  const auto sampleOf = [&](const api::Query& query) -> api::Sample {
    std::optional<Measured> measured = read(query);
    all.pending = all.pending || !measured;
    if (!measured) return api::Unknown{"it has not been read yet"};
    all.answeredAt = std::max(all.answeredAt, measured->answeredAt);
    return std::move(measured->sample);
  };
  for (const api::Metric& metric : policy.metrics) all.seen.samples.push_back(sampleOf(metric.prometheus));
  if (policy.panic) all.seen.panicSample = sampleOf(policy.panic->query);
  return all;
}

}  // namespace

int32_t countInForce(const ScalingInput& in) {
  if (in.stored.desiredReplicas) return *in.stored.desiredReplicas;
  if (in.storedDesired) return *in.storedDesired;
  int64_t pods = 0;
  const decide::ReplicaSetView* newest = nullptr;
  for (const decide::ReplicaSetView& set : in.replicaSets) {
    pods += set.replicas;
    if (set.replicas > 0 && (newest == nullptr || newest->record.number < set.record.number)) newest = &set;
  }
  if (newest != nullptr && newest->record.sizedFor) return newest->record.sizedFor->desired;
  if (!in.replicaSets.empty()) return static_cast<int32_t>(std::min<int64_t>(pods, INT32_MAX));
  return in.app.spec.replicasOrDefault();
}

std::optional<Scaling::Remembered> Scaling::recalled(const std::string& uid, const std::string& shard) const {
  const std::lock_guard lock(mutex_);
  const auto found = remembered_.find(nameOf(uid, shard));
  return found == remembered_.end() ? std::nullopt : std::optional(found->second.as<Remembered>());
}

void Scaling::remember(const std::string& uid, const std::string& shard, const Remembered& memory) {
  Packed packed(memory);
  const std::lock_guard lock(mutex_);
  remembered_.insert_or_assign(nameOf(uid, shard), std::move(packed));
}

std::optional<api::AutoscalingStatus> Scaling::memoryOf(const std::string& uid, const std::string& shard) const {
  std::optional<Remembered> memory = recalled(uid, shard);
  return memory ? std::optional(std::move(memory->status)) : std::nullopt;
}

void Scaling::told(const std::string& uid, const std::string& shard) {
  std::optional<Remembered> memory = recalled(uid, shard);
  if (!memory || (!memory->untold && !memory->replicasIgnored)) return;
  memory->untold.reset();
  memory->replicasIgnored = false;
  remember(uid, shard, *memory);
}

void Scaling::forget(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  remembered_.erase(remembered_.lower_bound(nameOf(uid, "")), remembered_.lower_bound(uid + kBehindNames));
}

Scaled Scaling::look(const ScalingInput& in, const ReadSample& read, WallTime now) {
  std::optional<Remembered> recall = recalled(in.app.uid, in.shard);
  Remembered known = recall ? *std::move(recall) : firstLook(in);
  // The count from before a change of ours says that the write never arrived: it is made again, and counted once.
  if (in.countThere && known.desired != *in.countThere && known.untold != in.countThere) {
    known.desired = *in.countThere;
    known.untold.reset();
  }
  Scaled scaled = in.app.spec.autoscaling ? poll(known, in, read, now) : withoutAutoscaling(known, in);
  known.generation = in.app.generation;
  known.desired = scaled.desired;
  if (!known.untold) known.untold = scaled.from;
  if (known.untold == scaled.desired) known.untold.reset();
  scaled.from = known.untold;
  remember(in.app.uid, in.shard, known);
  return scaled;
}

/// The first look since we started.
Scaling::Remembered Scaling::firstLook(const ScalingInput& in) {
  return {.status = in.stored,
          .specReplicas = in.app.spec.replicas,
          .followsMetrics = in.app.spec.autoscaling.has_value(),
          .desired = countInForce(in)};
}

Scaled Scaling::withoutAutoscaling(Remembered& memory, const ScalingInput& in) const {
  // Somebody who takes autoscaling away wants the app to stay as it is, until he says a number himself.
  const bool keeps = memory.status.desiredReplicas.has_value() && memory.specReplicas == in.app.spec.replicas;
  const int32_t before = memory.desired;
  memory.polledAt.reset();
  memory.followsMetrics = false;
  if (!keeps) {
    memory.status = {};
    memory.specReplicas = in.app.spec.replicas;
  }
  const int32_t wanted = keeps ? *memory.status.desiredReplicas : in.app.spec.replicasOrDefault();
  Scaled scaled{.desired = in.app.spec.paused ? before : wanted, .memory = memory.status, .keptAfterRemoval = keeps};
  if (scaled.desired != before) scaled.from = before;
  return scaled;
}

Scaled Scaling::unchanged(Remembered& memory) {
  if (!memory.status.desiredReplicas) memory.status.desiredReplicas = memory.desired;
  return {.desired = memory.desired, .decided = memory.polledAt.has_value(), .memory = memory.status};
}

Scaled Scaling::poll(Remembered& memory, const ScalingInput& in, const ReadSample& read, WallTime now) const {
  // In a look that turned autoscaling on, both may well be edited together.
  const bool ignored = memory.specReplicas != in.app.spec.replicas && memory.followsMetrics;
  memory.specReplicas = in.app.spec.replicas;
  memory.followsMetrics = true;
  Scaled scaled = pollNow(memory, in, read, now);
  memory.replicasIgnored = memory.replicasIgnored || ignored;
  scaled.replicasIgnored = memory.replicasIgnored;
  return scaled;
}

Scaled Scaling::waiting(Remembered& memory, std::chrono::nanoseconds poll) {
  Scaled scaled = unchanged(memory);
  scaled.lookAgain = *memory.polledAt + poll + kGrace;
  return scaled;
}

bool Scaling::isInTime(const Remembered& memory, const ScalingInput& in, WallTime now) {
  if (!memory.polledAt || memory.generation != in.app.generation) return true;
  // The answers come once a poll and wake us; they keep no perfect time.
  return now >= wholeSecond(*memory.polledAt) +
                    std::max<std::chrono::nanoseconds>(in.app.spec.autoscaling->poll - kJitter, kOneTick);
}

Scaled Scaling::pollNow(Remembered& memory, const ScalingInput& in, const ReadSample& read, WallTime now) const {
  const api::Autoscaling& policy = *in.app.spec.autoscaling;
  if (in.app.spec.paused) return unchanged(memory);
  const bool inTime = isInTime(memory, in, now);
  if (!inTime && memory.inStep) return waiting(memory, policy.poll);
  if (!inTime && now < wholeSecond(*memory.polledAt) + kOneTick) {
    // The answer that sets the rhythm may have come within the very second of the decision before it.
    Scaled scaled = unchanged(memory);
    scaled.lookAgain = wholeSecond(*memory.polledAt) + kOneTick;
    return scaled;
  }

  Samples samples = readAll(policy, read);
  if (samples.pending) {
    // The first answer is on its way and wakes us.
    Scaled scaled = unchanged(memory);
    scaled.lookAgain = now + kGrace;
    return scaled;
  }
  const bool isNews = samples.answeredAt > memory.answeredAt;
  if (!inTime && !isNews) return waiting(memory, policy.poll);

  // Decisions count in whole seconds; the next answer is waited for from now.
  const WallTime looked = now;
  now = wholeSecond(now);
  samples.seen.current = memory.desired;
  samples.seen.readyPods = in.readyPods;
  samples.seen.history = memory.status.history;
  // The first decision since we started, or since a gap: only now, so that waiting for it changes nothing to be stored.
  if (!memory.polledAt) samples.seen.history = decide::resume(std::move(samples.seen.history), policy.poll, now);
  decide::Decision decision = decide::scale(policy, samples.seen, now);
  Scaled scaled{.desired = decision.replicas, .lookAgain = looked + policy.poll + kGrace};
  if (decision.replicas != memory.desired) scaled.from = memory.desired;
  decide::remember(decision, policy.behavior, memory.status);
  memory.inStep = isNews && memory.polledAt.has_value() && looked - samples.answeredAt <= kPrompt;
  memory.answeredAt = samples.answeredAt;
  memory.polledAt = looked;
  scaled.memory = memory.status;
  scaled.decided = scaled.isTick = true;
  return scaled;
}

}  // namespace tidewright::control
