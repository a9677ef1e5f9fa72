// What the reconciler says of a look that is over: status, Events, log and metrics.
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "operator/control/foreign_budget.h"
#include "operator/control/reconciler.h"
#include "operator/control/requeue_at.h"
#include "operator/control/teller.h"
#include "operator/control/unhurried.h"

namespace tidewright::control {
namespace {

/// What became of a command: of each shard, unless of all the same.
std::string resultOf(const Plan& plan) {
  const auto result = [](const PlannedWorkload& one) -> const std::string& { return one.rollout.commandResult; };
  const std::string& first = result(plan.workloads.front());
  if (std::ranges::all_of(
          plan.workloads, [&first](const std::string& one) { return one == first; }, result)) {
    return first;
  }
  std::string all;
  for (const PlannedWorkload& one : plan.workloads) {
    all += fmt::format("{}{}: {}", all.empty() ? "" : "; ", one.shard->name, result(one));
  }
  return all;
}

}  // namespace

Result<kube::Requeue> Reconciler::tell(Subject& subject, Outcome& outcome, const std::stop_token& stop) {
  const api::ScaledApp& app = subject.app;
  const kube::ObjectKey key{app.ns, app.name};
  const Course& course = outcome.course;
  Plan& plan = outcome.decided.plan;
  if (course.complete) Teller(parts_.events, subject.log, *subject.object).scaled(plan);
  for (PlannedWorkload& workload : plan.workloads) {
    if (course.complete) {
      scaling_.told(app.uid, workload.shard == nullptr ? "" : workload.shard->name);
    } else {
      // The turn was not taken: what is stored stays true.
      workload.rollout.status = storedWorkload(subject.stored, workload.shard);
    }
  }

  Remarks remarks{.refusal = outcome.decided.refusal ? outcome.decided.refusal : outcome.refusal,
                  .foreignBudget = foreignBudget(app, outcome.snapshot.foreignBudgets),
                  .scaler = scalerOf(app, parts_.watches.of(app.ns)).other,
                  .notYetLookedAt = outcome.decided.lookAgain && !outcome.decided.refusal};
  if (!remarks.refusal) remarks.refusal = outcome.snapshot.route.refusal;
  api::ScaledAppStatus status = statusOf(app, subject.stored, plan, remarks, decide::Occasion::Tick, outcome.now);
  show(key, status, plan);
  const bool canWait = status != subject.stored && !remarks.refusal && !outcome.asked &&
                       tellsOnlyOfArrival(app, outcome.snapshot, subject.stored, status);
  int changes = outcome.writes;
  Result<void> told;
  if (!canWait || hasTurn(key, outcome)) {
    if (status.phase != subject.stored.phase) ++changes;
    told = tellNow(subject, outcome, std::move(status), remarks, stop);
  }
  if (!outcome.tookTurn()) turns_.changed(changes);
  if (!told) return fail(told.error());
  if (!outcome.postponed) turns_.leave(key);

  std::optional<WallTime> lookAgain = plan.lookAgain;
  const auto lookAgainAt = [&lookAgain](std::optional<WallTime> at) {
    if (at) lookAgain = lookAgain ? std::min(*lookAgain, *at) : *at;
  };
  lookAgainAt(outcome.decided.lookAgain);
  lookAgainAt(outcome.postponed);
  if (outcome.snapshot.route.pending && !outcome.decided.lookAgain) lookAgainAt(outcome.now + kListSoon);
  kube::Requeue requeue = requeueAt(lookAgain, parts_.clock.wall());
  // Somebody may take what is in the way out of it, of which no watch of ours tells.
  if (remarks.refusal || course.repairWanted) requeue.after = std::min(requeue.after.value_or(kAskAgain), kAskAgain);
  return requeue;
}

Result<void> Reconciler::tellNow(Subject& subject, Outcome& outcome, api::ScaledAppStatus status,
                                 const Remarks& remarks, const std::stop_token& stop) {
  const api::RolloutSpec& rollout = subject.app.spec.rollout;
  const Course& course = outcome.course;
  const Plan& plan = outcome.decided.plan;
  const Teller teller(parts_.events, subject.log, *subject.object);
  if (remarks.refusal) teller.refused(outcome.before, *remarks.refusal);
  teller.warned(outcome.before, status);
  if (outcome.asked && !outcome.asked->isDone) {
    const std::string result =
        outcome.command ? resultOf(plan) : "unknown; the known ones are promote, promote-full, abort, retry";
    answer(teller, status, outcome.asked->name, !outcome.command, result);
  }
  const bool resting = course.complete && course.actions == 0 && outcome.writes == 0 && status == outcome.before;
  if (const Result<void> written = writeStatus(subject, status, stop); !written) return written;
  // Such a turn is stored by the status alone, whose write has put another object in the place of the one told of.
  if (course.complete && course.actions == 0) Teller(parts_.events, subject.log, *subject.object).rolled(plan);
  if (const Result<void> done = finishCommand(subject, outcome.asked, stop); !done) return done;
  // What others write of a route or a ConfigMap is no change of ours, and is looked at all the same.
  const bool alone = !rollout.gatewayRoute && rollout.onConfigChange == api::OnConfigChange::Ignore;
  const bool waits =
      outcome.asked || remarks.refusal || course.repairWanted || outcome.decided.lookAgain || outcome.postponed;
  if (resting && alone && !waits) noteCalm(subject, plan);
  return {};
}

void Reconciler::show(const kube::ObjectKey& key, const api::ScaledAppStatus& status, const Plan& plan) {
  AppFigures shown{.desired = status.desiredReplicas, .current = status.counts.replicas, .phase = status.phase};
  for (const PlannedWorkload& workload : plan.workloads) {
    if (workload.scaled.isTick) parts_.metrics.scaled();
    if (workload.scaled.decision() == nullptr) continue;
    for (const api::MetricTrace& metric : workload.scaled.decision()->metrics) {
      const auto* number = std::get_if<api::Number>(&metric.sample);
      if (number == nullptr) continue;
      // Shards have the same metrics; the last one is shown.
      std::erase_if(shown.values, [&](const auto& value) { return value.first == metric.name; });
      shown.values.emplace_back(metric.name, number->value);
    }
  }
  parts_.metrics.apps.set(key, std::move(shown));
}

}  // namespace tidewright::control
