#include "operator/control/plan.h"

#include <algorithm>
#include <iterator>

#include "operator/control/analysis_feed.h"

namespace tidewright::control {
namespace {

std::string nameOf(const api::Shard* shard) { return shard == nullptr ? std::string() : shard->name; }

const api::ShardStatus* shardStatus(const api::ScaledAppStatus& stored, const api::Shard& shard) {
  const auto found = std::ranges::find(stored.shards, shard.name, &api::ShardStatus::name);
  return found == stored.shards.end() ? nullptr : &*found;
}

/// None stands for the app itself.
std::vector<const api::Shard*> shardsOf(const api::ScaledApp& app) {
  std::vector<const api::Shard*> shards;
  for (const api::Shard& shard : app.spec.shards) shards.push_back(&shard);
  if (shards.empty()) shards.push_back(nullptr);
  return shards;
}

/// What the user asked for last among what exists.
std::optional<api::Revision> keptRevision(const api::WorkloadStatus& status,
                                          const std::vector<decide::ReplicaSetView>& sets) {
  const decide::ReplicaSetView* kept = nullptr;
  for (const decide::ReplicaSetView& set : sets) {
    if (set.revision == status.currentRevision) return api::Revision{set.revision, set.record.fingerprint};
    if (kept == nullptr || kept->record.number < set.record.number) kept = &set;
  }
  if (kept == nullptr) return std::nullopt;
  return api::Revision{kept->revision, kept->record.fingerprint};
}

void sooner(std::optional<WallTime>& at, std::optional<WallTime> other) {
  if (other && (!at || *other < *at)) at = other;
}

}  // namespace

api::WorkloadStatus storedWorkload(const api::ScaledAppStatus& stored, const api::Shard* shard) {
  if (shard == nullptr) return stored.workload;
  const api::ShardStatus* status = shardStatus(stored, *shard);
  return status == nullptr ? api::WorkloadStatus{} : status->workload;
}

std::vector<decide::ReplicaSetView> setsOf(const Snapshot& snapshot, const api::Shard* shard) {
  std::vector<decide::ReplicaSetView> out;
  for (const SeenReplicaSet& set : snapshot.replicaSets) {
    if (set.shard == nameOf(shard)) out.push_back(set.view);
  }
  return out;
}

ScalingInput scalingInput(const api::ScaledApp& app, const api::ScaledAppStatus& stored, const Snapshot& snapshot,
                          const api::Shard* shard) {
  ScalingInput in{.app = app, .shard = nameOf(shard), .replicaSets = setsOf(snapshot, shard)};
  for (const decide::ReplicaSetView& set : in.replicaSets) in.readyPods += set.ready;
  if (shard == nullptr) {
    in.stored = stored.autoscaling;
    // A refused spec has a status too, in which nobody decided a count.
    if (api::findCondition(stored.conditions, "Available") != nullptr) in.storedDesired = stored.desiredReplicas;
  } else if (const api::ShardStatus* status = shardStatus(stored, *shard)) {
    in.stored = status->autoscaling;
    in.storedDesired = status->desired;
  }
  return in;
}

ReadSample sampleReader(const ReadReading& read, const api::Placeholders& values) {
  return [&read, values](const api::Query& query) -> std::optional<Measured> {
    std::optional<prometheus::Reading> reading = read(filledIn(query, values));
    if (!reading || !reading->answeredAt) return std::nullopt;
    return Measured{.sample = std::move(reading->sample), .answeredAt = *reading->answeredAt};
  };
}

bool hasKept(const api::ScaledApp& app, const api::ScaledAppStatus& stored, const Snapshot& snapshot) {
  return std::ranges::all_of(shardsOf(app), [&](const api::Shard* shard) {
    return keptRevision(storedWorkload(stored, shard), setsOf(snapshot, shard)).has_value();
  });
}

Plan makePlan(const api::ScaledApp& app, const api::ScaledAppStatus& stored, const Snapshot& snapshot,
              const Asked& asked, Scaling& scaling, const ReadReading& read, WallTime now) {
  Plan plan;
  std::vector<decide::WorkloadPlan> workloads;
  for (const api::Shard* shard : shardsOf(app)) {
    PlannedWorkload planned{.shard = shard};
    const api::WorkloadStatus status = storedWorkload(stored, shard);
    const api::Placeholders values = placeholdersOf(app, nameOf(shard), status);
    std::ranges::move(scalingQueries(app, values), std::back_inserter(plan.queries));
    planned.scaled = scaling.look(scalingInput(app, stored, snapshot, shard), sampleReader(read, values), now);
    decide::RolloutInput in{.spec = app.spec.rollout,
                            .desired = planned.scaled.desired,
                            .paused = app.spec.paused,
                            .revisionHistoryLimit = app.spec.revisionHistoryLimit,
                            .replicaSets = setsOf(snapshot, shard),
                            .status = status,
                            .command = asked.command};
    if (const auto view = snapshot.route.views.find(nameOf(shard)); view != snapshot.route.views.end()) {
      in.route = view->second;
    }
    const std::optional<api::Revision> kept =
        asked.which == Template::Kept ? keptRevision(in.status, in.replicaSets) : std::nullopt;
    in.target = kept ? *kept
                     : decide::resolveRevision({.podTemplate = app.spec.podTemplate,
                                                .restartAt = app.spec.restartAt,
                                                .configHash = asked.configHash,
                                                .shard = nameOf(shard)},
                                               in.replicaSets);
    std::vector<decide::RolloutEvent> judged = judge(app, nameOf(shard), read, in, now);
    planned.rollout = decide::decideRollout(in, now);
    std::ranges::move(judged, std::back_inserter(planned.rollout.events));
    Measuring measuring = planMeasurements(app, nameOf(shard), in, planned.rollout, now);
    std::ranges::move(measuring.queries, std::back_inserter(plan.queries));
    sooner(plan.lookAgain, measuring.lookAgain);
    sooner(plan.lookAgain, planned.scaled.lookAgain);
    sooner(plan.lookAgain, planned.rollout.lookAgain);
    workloads.push_back({shard, planned.rollout});
    plan.workloads.push_back(std::move(planned));
  }
  plan.children = decide::childManifests(app, workloads);
  return plan;
}

}  // namespace tidewright::control
