#include "operator/control/scaling.h"

#include <algorithm>
#include <utility>

#include "operator/decide/history.h"

namespace tidewright::control {

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

void Scaling::forget(const std::string& uid) {
  const std::lock_guard lock(mutex_);
  remembered_.erase(remembered_.lower_bound({uid, ""}), remembered_.lower_bound({uid + '\x01', ""}));
}

Scaled Scaling::look(const ScalingInput& in, const ReadSample& read, WallTime now) {
  now = std::chrono::floor<std::chrono::seconds>(now);
  const std::pair key(in.app.uid, in.shard);
  std::optional<Remembered> known;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = remembered_.find(key); found != remembered_.end()) known = found->second;
  }
  if (!known) known = recall(in, now);
  Scaled scaled = in.app.spec.autoscaling ? poll(*known, in, read, now) : withoutAutoscaling(*known, in);
  known->generation = in.app.generation;
  known->desired = scaled.desired;
  const std::lock_guard lock(mutex_);
  remembered_[key] = *std::move(known);
  return scaled;
}

/// The first look since we started: what was stored, read cautiously.
Scaling::Remembered Scaling::recall(const ScalingInput& in, WallTime now) {
  Remembered memory{.status = in.stored, .specReplicas = in.app.spec.replicas, .desired = countInForce(in)};
  if (in.app.spec.autoscaling) {
    memory.status.history = decide::resume(std::move(memory.status.history), in.app.spec.autoscaling->poll, now);
  }
  return memory;
}

Scaled Scaling::withoutAutoscaling(Remembered& memory, const ScalingInput& in) const {
  // Somebody who takes autoscaling away wants the app to stay as it is, until he says a number himself.
  const bool keeps = memory.status.desiredReplicas.has_value() && memory.specReplicas == in.app.spec.replicas;
  const int32_t before = memory.desired;
  memory.polledAt.reset();
  memory.decision.reset();
  if (!keeps) {
    memory.status = {};
    memory.specReplicas = in.app.spec.replicas;
  }
  const int32_t wanted = keeps ? *memory.status.desiredReplicas : in.app.spec.replicasOrDefault();
  Scaled scaled{.desired = in.app.spec.paused ? before : wanted, .memory = memory.status, .keptAfterRemoval = keeps};
  if (scaled.desired != before) scaled.from = before;
  return scaled;
}

Scaled Scaling::poll(Remembered& memory, const ScalingInput& in, const ReadSample& read, WallTime now) const {
  const api::Autoscaling& policy = *in.app.spec.autoscaling;
  memory.specReplicas = in.app.spec.replicas;
  const bool due = !memory.polledAt || now >= *memory.polledAt + policy.poll || memory.generation != in.app.generation;
  if (in.app.spec.paused || !due) {
    if (!memory.status.desiredReplicas) memory.status.desiredReplicas = memory.desired;
    Scaled scaled{.desired = memory.desired, .decision = memory.decision, .memory = memory.status};
    if (!in.app.spec.paused) scaled.lookAgain = *memory.polledAt + policy.poll;
    return scaled;
  }

  decide::Observed seen{.current = memory.desired, .readyPods = in.readyPods, .history = memory.status.history};
  for (const api::Metric& metric : policy.metrics) seen.samples.push_back(read(metric.prometheus));
  if (policy.panic) seen.panicSample = read(policy.panic->query);
  decide::Decision decision = decide::scale(policy, seen, now);

  Scaled scaled{.desired = decision.replicas, .lookAgain = now + policy.poll};
  memory.polledAt = now;
  memory.status.history = decision.history;
  if (decision.replicas != memory.desired) {
    scaled.from = memory.desired;
    decide::recordChange(memory.status.history, decision.replicas - memory.desired, policy.behavior, now);
    memory.status.lastScaleTime = now;
  }
  memory.status.desiredReplicas = decision.replicas;
  memory.status.lastDecision = decision.trace;
  memory.decision = decision;
  scaled.memory = memory.status;
  scaled.decision = std::move(decision);
  return scaled;
}

}  // namespace tidewright::control
