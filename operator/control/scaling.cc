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
/// Decisions count in whole seconds: two of one and the same second would be one to the windows.
constexpr std::chrono::seconds kOneTick{1};

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

std::optional<api::AutoscalingStatus> Scaling::memoryOf(const std::string& uid, const std::string& shard) {
  const std::lock_guard lock(mutex_);
  const auto found = remembered_.find({uid, shard});
  return found == remembered_.end() ? std::nullopt : std::optional(found->second.status);
}

void Scaling::told(const std::string& uid, const std::string& shard) {
  const std::lock_guard lock(mutex_);
  const auto found = remembered_.find({uid, shard});
  if (found == remembered_.end()) return;
  found->second.untold.reset();
  found->second.replicasIgnored = false;
}

void Scaling::forget(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  remembered_.erase(remembered_.lower_bound({uid, ""}), remembered_.lower_bound({uid + '\x01', ""}));
}

Scaled Scaling::look(const ScalingInput& in, const ReadSample& read, WallTime now) {
  Remembered* known = nullptr;
  {
    const std::lock_guard lock(mutex_);
    // An entry stays where it is, and nobody else looks at this app.
    const auto [entry, isNew] = remembered_.try_emplace({in.app.uid, in.shard});
    if (isNew) entry->second = recall(in, now);
    known = &entry->second;
  }
  // The count from before a change of ours says that the write never arrived: it is made again, and counted once.
  if (in.countThere && known->desired != *in.countThere && known->untold != in.countThere) {
    known->desired = *in.countThere;
    known->untold.reset();
  }
  Scaled scaled = in.app.spec.autoscaling ? poll(*known, in, read, now) : withoutAutoscaling(*known, in);
  known->generation = in.app.generation;
  known->desired = scaled.desired;
  if (!known->untold) known->untold = scaled.from;
  if (known->untold == scaled.desired) known->untold.reset();
  scaled.from = known->untold;
  return scaled;
}

/// The first look since we started: what was stored, read cautiously.
Scaling::Remembered Scaling::recall(const ScalingInput& in, WallTime now) {
  Remembered memory{.status = in.stored,
                    .specReplicas = in.app.spec.replicas,
                    .followsMetrics = in.app.spec.autoscaling.has_value(),
                    .desired = countInForce(in)};
  if (in.app.spec.autoscaling) {
    memory.status.history = decide::resume(std::move(memory.status.history), in.app.spec.autoscaling->poll,
                                           std::chrono::floor<std::chrono::seconds>(now));
  }
  return memory;
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

Scaled Scaling::pollNow(Remembered& memory, const ScalingInput& in, const ReadSample& read, WallTime now) const {
  const api::Autoscaling& policy = *in.app.spec.autoscaling;
  if (in.app.spec.paused) return unchanged(memory);

  // The answers come once a poll and wake us; they keep no perfect time.
  const bool edited = memory.generation != in.app.generation;
  if (memory.polledAt && !edited &&
      now < *memory.polledAt + std::max<std::chrono::nanoseconds>(policy.poll - kJitter, kOneTick)) {
    Scaled scaled = unchanged(memory);
    scaled.lookAgain = *memory.polledAt + policy.poll + kGrace;
    return scaled;
  }
  decide::Observed seen{.current = memory.desired, .readyPods = in.readyPods, .history = memory.status.history};
  bool pending = false;
  const auto sampleOf = [&](const api::Query& query) -> api::Sample {
    std::optional<api::Sample> sample = read(query);
    pending = pending || !sample;
    return sample ? *std::move(sample) : api::Unknown{"it has not been read yet"};
  };
  for (const api::Metric& metric : policy.metrics) seen.samples.push_back(sampleOf(metric.prometheus));
  if (policy.panic) seen.panicSample = sampleOf(policy.panic->query);
  if (pending) {
    // The first answer is on its way and wakes us.
    Scaled scaled = unchanged(memory);
    scaled.lookAgain = now + kGrace;
    return scaled;
  }

  // Decisions count in whole seconds.
  now = std::chrono::floor<std::chrono::seconds>(now);
  decide::Decision decision = decide::scale(policy, seen, now);
  Scaled scaled{.desired = decision.replicas, .lookAgain = now + policy.poll + kGrace};
  if (decision.replicas != memory.desired) scaled.from = memory.desired;
  decide::remember(decision, policy.behavior, memory.status);
  memory.polledAt = now;
  scaled.memory = memory.status;
  scaled.decided = scaled.isTick = true;
  return scaled;
}

}  // namespace tidewright::control
