#include "operator/control/teller.h"

#include <array>

#include <fmt/format.h>

#include "operator/control/kinds.h"
#include "operator/timestamp.h"

namespace tidewright::control {
namespace {

/// Conditions that are no failure and need a person all the same: type, reason.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kAdvice{{
    {"ZeroDowntime", "NoReadinessProbe"},
    {"Valid", "BudgetOverlap"},
    {"Valid", "ScaledTwice"},
    {"Valid", "OwnersUnknown"},
}};

/// "rps=12.5 queue=?", to the last digit.
std::string samplesOf(const api::LastDecision& decision) {
  std::string text;
  for (const api::MetricTrace& metric : decision.metrics) {
    const auto* number = std::get_if<api::Number>(&metric.sample);
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", metric.name, number ? fmt::to_string(number->value) : "?");
  }
  return text;
}

}  // namespace

void Teller::event(bool warning, std::string reason, std::string action, std::string note) const {
  events_.record({.regarding = {.apiVersion = kScaledApps.apiVersion(),
                                .kind = kScaledApps.kind,
                                .key = object_.meta.key(),
                                .uid = object_.meta.uid},
                  .type = warning ? kube::EventType::Warning : kube::EventType::Normal,
                  .reason = std::move(reason),
                  .action = std::move(action),
                  .note = std::move(note)});
}

void Teller::scaled(const Plan& plan) const {
  for (const PlannedWorkload& workload : plan.workloads) {
    const std::string shard = workload.shard == nullptr ? "" : " of shard " + workload.shard->name;
    if (workload.scaled.replicasIgnored) {
      event(true, "ReplicasIgnored", "Scale",
            "spec.replicas was changed, but spec.autoscaling decides the count" + shard +
                ": change minReplicas and maxReplicas, or take spec.autoscaling away");
    }
    if (!workload.scaled.from) continue;
    const int32_t from = *workload.scaled.from;
    const int32_t to = workload.scaled.desired;
    std::string why = "spec.replicas asks for it";
    const api::LastDecision* decision = workload.scaled.decision();
    if (decision != nullptr && !decision->steps.empty()) {
      why = decision->steps.back().why;
    }
    log_.info("scaled", {{"app", app()}, {"from", from}, {"to", to}, {"why", why}});
    event(false, to > from ? "ScaledUp" : "ScaledDown", "Scale",
          fmt::format("from {} to {} pods{}: {}", from, to, shard, why));
  }
}

void Teller::decided(const Plan& plan) const {
  for (const PlannedWorkload& workload : plan.workloads) {
    decided(workload.scaled, workload.shard == nullptr ? "" : workload.shard->name);
  }
}

void Teller::decided(const Scaled& scaled, const std::string& shard) const {
  // At every poll of every app: not even put together unless somebody reads it.
  if (!scaled.isTick || !log_.wants(LogLevel::Debug)) return;
  const api::LastDecision& made = *scaled.decision();
  log_.debug("decided", {{"app", app()},
                         {"shard", shard},
                         {"at", formatTimestamp(made.time)},
                         {"samples", samplesOf(made)},
                         {"current", made.current},
                         {"ready", made.readyPods},
                         {"result", made.result}});
}

void Teller::rolled(const Plan& plan) const {
  for (const PlannedWorkload& workload : plan.workloads) {
    for (const decide::RolloutEvent& turn : workload.rollout.events) {
      log_.info("rollout", {{"app", app()}, {"reason", turn.reason}, {"message", turn.message}});
      event(turn.warning, turn.reason, "Rollout", turn.message);
    }
  }
}

void Teller::refused(const api::ScaledAppStatus& before, const Refusal& refusal) const {
  const api::Condition* valid = api::findCondition(before.conditions, "Valid");
  if (valid != nullptr && valid->reason == refusal.reason && valid->message == refusal.message) return;
  log_.warn("refused", {{"app", app()}, {"reason", refusal.reason}, {"message", refusal.message}});
  event(true, refusal.reason, "Validate", refusal.message);
}

void Teller::warned(const api::ScaledAppStatus& before, const api::ScaledAppStatus& after) const {
  for (const auto& [type, reason] : kAdvice) {
    const api::Condition* now = api::findCondition(after.conditions, type);
    if (now == nullptr || now->reason != reason) continue;
    const api::Condition* then = api::findCondition(before.conditions, type);
    if (then != nullptr && then->reason == reason && then->message == now->message) continue;
    event(true, now->reason, "Validate", now->message);
  }
}

}  // namespace tidewright::control
