#include "operator/control/status.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

using api::ConditionStatus;
using decide::ConditionValue;

/// The condition's reason by what the reader of the samples found.
std::string reasonOf(const api::Unknown& unknown) {
  const auto says = [&](std::string_view text) { return unknown.reason.find(text) != std::string::npos; };
  if (unknown.noSeries) return "NoData";
  if (says("not been read")) return "NotReadYet";
  if (says("Secret ") || says("HTTP 401") || says("HTTP 403")) return "CredentialsFailed";
  if (says("HTTP 429") || says("left alone")) return "PrometheusUnreachable";
  if (says("parse error") || says("HTTP 4") || says("bad_data")) return "QueryFailed";
  for (const char* silence : {"connect", "unreachable", "in time", "HTTP 5", "no answer for", "no whole answer",
                              "silent for", "unknown host", "left alone"}) {
    if (says(silence)) return "PrometheusUnreachable";
  }
  return "Unknown";
}

ConditionValue metricsCondition(const api::LastDecision& decision) {
  for (const api::MetricTrace& metric : decision.metrics) {
    const auto* unknown = std::get_if<api::Unknown>(&metric.sample);
    if (unknown == nullptr) continue;
    const std::string reason = reasonOf(*unknown);
    const ConditionStatus status = reason == "NotReadYet" ? ConditionStatus::Unknown : ConditionStatus::False;
    return {"MetricsAvailable", status, reason, fmt::format("{}: {}", metric.name, unknown->reason)};
  }
  return {"MetricsAvailable", ConditionStatus::True, "AllKnown", "every metric has a value"};
}

ConditionValue scalingCondition(const api::ScaledApp& app) {
  const api::Autoscaling& policy = *app.spec.autoscaling;
  if (app.spec.paused) return {"ScalingActive", ConditionStatus::False, "Paused", "spec.paused is set"};
  switch (policy.mode) {
    case api::ScalingMode::DryRun:
      return {"ScalingActive", ConditionStatus::False, "DryRun", "decisions are traced and not carried out"};
    case api::ScalingMode::Paused:
      return {"ScalingActive", ConditionStatus::False, "Paused", "spec.autoscaling.mode is Paused"};
    case api::ScalingMode::Active: break;
  }
  return {"ScalingActive", ConditionStatus::True, "FollowsMetrics",
          fmt::format("the count follows the metrics between {} and {}", policy.minReplicas, policy.maxReplicas)};
}

void put(api::ScaledAppStatus& status, const ConditionValue& value, WallTime now) {
  api::setCondition(status.conditions,
                    {.type = value.type,
                     .status = value.status,
                     .reason = value.reason,
                     .message = value.message,
                     .observedGeneration = status.observedGeneration},
                    now);
}

void drop(api::ScaledAppStatus& status, std::string_view type) {
  std::erase_if(status.conditions, [type](const api::Condition& condition) { return condition.type == type; });
}

void putScaling(api::ScaledAppStatus& status, const api::ScaledApp& app, const Plan& plan, WallTime now) {
  if (!app.spec.autoscaling) {
    drop(status, "MetricsAvailable");
    if (std::ranges::any_of(plan.workloads, [](const PlannedWorkload& w) { return w.scaled.keptAfterRemoval; })) {
      put(status,
          {"ScalingActive", ConditionStatus::False, "Removed",
           "autoscaling was removed; its last count stays until spec.replicas changes"},
          now);
    } else {
      drop(status, "ScalingActive");
    }
    return;
  }
  put(status, scalingCondition(app), now);
  // One of all shards, put once: each put of another status is a transition.
  std::optional<ConditionValue> worst;
  for (const PlannedWorkload& workload : plan.workloads) {
    if (workload.scaled.decision() == nullptr) continue;
    if (worst && worst->status != ConditionStatus::True) break;
    worst = metricsCondition(*workload.scaled.decision());
  }
  if (worst) put(status, *worst, now);
}

void add(api::ReplicaCounts& sum, const api::ReplicaCounts& counts) {
  sum.replicas += counts.replicas;
  sum.readyReplicas += counts.readyReplicas;
  sum.updatedReplicas += counts.updatedReplicas;
  sum.availableReplicas += counts.availableReplicas;
}

/// What is known of the pods stays; what a person sees first is what is wrong.
decide::Health refused(decide::Health health, const Refusal& refusal) {
  decide::Health invalid = decide::invalidHealth(refusal.reason, refusal.message);
  std::erase_if(health.conditions, [](const ConditionValue& condition) { return condition.type == "Ready"; });
  invalid.conditions.insert(invalid.conditions.end(), health.conditions.begin(), health.conditions.end());
  return invalid;
}

ConditionValue acceptance(const Remarks& remarks) {
  if (!remarks.foreignBudget.empty()) {
    return {"Valid", ConditionStatus::True, "BudgetOverlap",
            fmt::format("PodDisruptionBudget {} selects these pods as well, and no pod of two budgets can be evicted: "
                        "delete it, or set spec.availability.podDisruptionBudget to false",
                        remarks.foreignBudget)};
  }
  if (!remarks.scaler.empty()) {
    return {
        "Valid", ConditionStatus::True, "ScaledTwice",
        fmt::format("{} scales this app, whose count spec.autoscaling decides: what it writes is ignored; delete it, "
                    "or take spec.autoscaling away",
                    remarks.scaler)};
  }
  return {"Valid", ConditionStatus::True, "Accepted", "the spec can be acted on"};
}

/// Everything but what the autoscaler remembers.
api::ScaledAppStatus observed(const api::ScaledApp& app, const api::ScaledAppStatus& stored, const Plan& plan,
                              const Remarks& remarks, WallTime now) {
  api::ScaledAppStatus status = stored;
  if (!remarks.notYetLookedAt) status.observedGeneration = app.generation;
  status.selector = decide::selectorText(decide::selectorOf(app));
  status.counts = {};
  status.desiredReplicas = 0;
  status.shards.clear();
  if (!app.spec.shards.empty()) status.workload = {};
  std::vector<decide::WorkloadHealth> healths;
  for (const PlannedWorkload& workload : plan.workloads) {
    add(status.counts, workload.rollout.counts);
    status.desiredReplicas += workload.scaled.desired;
    const std::string shard = workload.shard == nullptr ? "" : workload.shard->name;
    healths.push_back({shard, workload.scaled.desired, &workload.rollout});
    if (workload.shard == nullptr) {
      status.workload = workload.rollout.status;
    } else {
      status.shards.push_back({.name = shard,
                               .desired = workload.scaled.desired,
                               .ready = workload.rollout.counts.readyReplicas,
                               .workload = workload.rollout.status});
    }
  }
  decide::Health health = decide::healthOf(app, healths);
  if (remarks.refusal) health = refused(std::move(health), *remarks.refusal);
  status.phase = health.phase;
  status.message = health.message;
  for (const ConditionValue& condition : health.conditions) put(status, condition, now);
  putScaling(status, app, plan, now);
  if (!remarks.refusal) put(status, acceptance(remarks), now);
  return status;
}

api::AutoscalingStatus* autoscalingOf(api::ScaledAppStatus& status, std::size_t workload, bool sharded) {
  return sharded ? &status.shards.at(workload).autoscaling : &status.autoscaling;
}

api::AutoscalingStatus storedAutoscaling(const api::ScaledAppStatus& stored, const PlannedWorkload& workload) {
  if (workload.shard == nullptr) return stored.autoscaling;
  const auto found = std::ranges::find(stored.shards, workload.shard->name, &api::ShardStatus::name);
  return found == stored.shards.end() ? api::AutoscalingStatus{} : found->autoscaling;
}

/// While a server is down, what is wrong may be worded differently at every look. Alone that is worth no write, unlike
/// what a person is just mending: a Secret, a query.
bool saysTheSame(api::ScaledAppStatus status, const api::ScaledAppStatus& stored) {
  for (api::Condition& condition : status.conditions) {
    const auto before = std::ranges::find(stored.conditions, condition.type, &api::Condition::type);
    if (condition.type != "MetricsAvailable" || before == stored.conditions.end()) continue;
    if (condition.reason == "CredentialsFailed" || condition.reason == "QueryFailed") continue;
    if (condition.status == before->status && condition.reason == before->reason) condition.message = before->message;
  }
  return status == stored;
}

/// The pods come and go with every step of a rollout; only what a person or the next leader needs makes memory worth a
/// write of its own.
bool memoryIsDue(const api::ScaledApp& app, const api::ScaledAppStatus& stored, const Plan& plan,
                 decide::Occasion occasion, WallTime now) {
  return std::ranges::any_of(plan.workloads, [&](const PlannedWorkload& workload) {
    const api::AutoscalingStatus before = storedAutoscaling(stored, workload);
    if (!app.spec.autoscaling) return before != workload.scaled.memory;
    return decide::mustWrite(before, workload.scaled.memory, *app.spec.autoscaling, occasion, now) !=
           decide::WriteReason::None;
  });
}

}  // namespace

api::ScaledAppStatus statusOf(const api::ScaledApp& app, const api::ScaledAppStatus& stored, const Plan& plan,
                              const Remarks& remarks, decide::Occasion occasion, WallTime now) {
  api::ScaledAppStatus status = observed(app, stored, plan, remarks, now);
  const bool sharded = !app.spec.shards.empty();
  for (std::size_t i = 0; i < plan.workloads.size(); ++i) {
    *autoscalingOf(status, i, sharded) = storedAutoscaling(stored, plan.workloads[i]);
  }
  if (sharded) status.autoscaling = {};
  if (saysTheSame(status, stored) && !memoryIsDue(app, stored, plan, occasion, now)) return stored;
  for (std::size_t i = 0; i < plan.workloads.size(); ++i) {
    *autoscalingOf(status, i, sharded) = plan.workloads[i].scaled.memory;
  }
  return status;
}

std::optional<api::ScaledAppStatus> intentOf(const api::ScaledApp& app, const api::ScaledAppStatus& stored,
                                             const Plan& plan) {
  if (!app.spec.autoscaling) return std::nullopt;
  // While the change cannot be made, it is not noted at every poll again.
  const auto changes = [&stored](const PlannedWorkload& workload) {
    return workload.scaled.from && storedAutoscaling(stored, workload).desiredReplicas != workload.scaled.desired;
  };
  if (std::ranges::none_of(plan.workloads, changes)) return std::nullopt;
  api::ScaledAppStatus intent = stored;
  intent.desiredReplicas = 0;
  for (const PlannedWorkload& workload : plan.workloads) {
    intent.desiredReplicas += workload.scaled.desired;
    if (!changes(workload)) continue;
    if (workload.shard == nullptr) {
      intent.autoscaling = workload.scaled.memory;
      continue;
    }
    auto shard = std::ranges::find(intent.shards, workload.shard->name, &api::ShardStatus::name);
    if (shard == intent.shards.end()) shard = intent.shards.insert(shard, {.name = workload.shard->name});
    shard->desired = workload.scaled.desired;
    shard->autoscaling = workload.scaled.memory;
  }
  if (intent == stored) return std::nullopt;
  return intent;
}

api::ScaledAppStatus targetStatusOf(const api::ScaledApp& app, const api::ScaledAppStatus& stored, const Plan& plan,
                                    const TargetScale& scale, const std::string& doubt, WallTime now) {
  const Scaled& scaled = plan.workloads.front().scaled;
  const api::TargetRef& target = *app.spec.targetRef;
  api::ScaledAppStatus status = stored;
  status.observedGeneration = app.generation;
  status.selector = scale.selector;
  status.counts = {.replicas = scale.replicas};
  status.desiredReplicas = scaled.desired;
  const bool there = scale.replicas == scaled.desired;
  status.phase = !there ? api::Phase::Progressing : scaled.desired == 0 ? api::Phase::Suspended : api::Phase::Healthy;
  status.message =
      fmt::format("{} {} is asked for {} pods and has {}", target.kind, target.name, scaled.desired, scale.replicas);
  put(status,
      {"Ready", there ? ConditionStatus::True : ConditionStatus::False, std::string(api::toString(status.phase)),
       status.message},
      now);
  putScaling(status, app, plan, now);
  put(status,
      doubt.empty() ? ConditionValue{"Valid", ConditionStatus::True, "Accepted", "the spec can be acted on"}
                    : ConditionValue{"Valid", ConditionStatus::True, "OwnersUnknown", doubt},
      now);
  if (saysTheSame(status, stored) && !memoryIsDue(app, stored, plan, decide::Occasion::Tick, now)) return stored;
  status.autoscaling = scaled.memory;
  return status;
}

api::ScaledAppStatus refusedStatus(int64_t generation, api::ScaledAppStatus stored, const Refusal& refusal,
                                   WallTime now) {
  stored.observedGeneration = generation;
  const decide::Health health = decide::invalidHealth(refusal.reason, refusal.message);
  stored.phase = health.phase;
  stored.message = health.message;
  for (const ConditionValue& condition : health.conditions) put(stored, condition, now);
  return stored;
}

}  // namespace tidewright::control
