#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operator/control/plan.h"
#include "operator/control/status.h"
#include "operator/decide/children.h"

namespace tidewright::control {

using namespace std::chrono_literals;

inline const WallTime t0{1'800'000'000s};

/// An app with an analysis "errors", without the API server: plans are carried out on pods that come and go at once,
/// and a server answers each query that a plan asks.
struct PretendedApp {
  PretendedApp() {
    app = {.name = "web", .ns = "shop", .uid = "u1", .generation = 1, .annotations = {}, .spec = {.replicas = 4}};
    app.spec.rollout.minReadySeconds = 0;
    api::AnalysisMetric metric{.name = "errors", .successWhen = *api::parseSuccessWhen("value <= 0.01")};
    metric.prometheus.query = "errors{revision=\"{{revision}}\",stable=\"{{stableRevision}}\",shard=\"{{shard}}\"}";
    app.spec.rollout.analysis = {metric};
    image("one");
  }

  void image(const std::string& name) {
    app.spec.podTemplate = {{"metadata", {{"labels", {{"app", "web"}}}}},
                            {"spec", {{"containers", {{{"name", "app"}, {"image", name}}}}}}};
  }

  /// Looks once, and carries out what is decided. False: nothing happened, nor would again.
  bool tick() {
    const ReadReading read = [this](const api::Query& query) -> std::optional<prometheus::Reading> {
      const auto found = answers.find(query.query);
      return found == answers.end() ? std::nullopt : std::optional(found->second);
    };
    const api::ScaledAppStatus before = status;
    const Plan plan = makePlan(app, status, snapshot, {.command = command}, scaling, read, now);
    command.reset();
    bool moved = false;
    for (const PlannedWorkload& workload : plan.workloads) {
      for (const decide::RolloutAction& action : workload.rollout.actions) carryOut(workload.shard, action);
      moved = moved || !workload.rollout.actions.empty();
      for (const decide::RolloutEvent& event : workload.rollout.events) events.push_back(event.reason);
    }
    status = api::parseScaledAppStatus(api::toJson(statusOf(app, status, plan, {}, decide::Occasion::Tick, now)));
    moved = moved || status != before || !plan.queries.empty();
    lookAgain = plan.lookAgain;
    answer(plan.queries);
    return moved;
  }

  /// Until nothing happens any more at this moment.
  void settle() {
    for (int i = 0; i < 30 && tick(); ++i) {
    }
  }

  /// Everything that happens in that time.
  void pass(std::chrono::seconds time) {
    settle();
    for (const WallTime end = now + time; now < end;) {
      now = lookAgain ? std::clamp(*lookAgain, now + 50ms, end) : end;
      settle();
    }
  }

  [[nodiscard]] int32_t pods(const std::string& revision) const {
    int32_t sum = 0;
    for (const SeenReplicaSet& set : snapshot.replicaSets) {
      if (set.view.revision == revision) sum += set.view.replicas;
    }
    return sum;
  }
  /// Those that came while `podsComeReady` was off.
  void makeReady() {
    podsComeReady = true;
    for (SeenReplicaSet& set : snapshot.replicaSets) resize(set.view, set.view.replicas);
  }
  [[nodiscard]] const std::string& stable() const { return status.workload.stableRevision; }
  [[nodiscard]] const std::string& current() const { return status.workload.currentRevision; }
  [[nodiscard]] std::string progressing() const {
    const api::Condition* condition = api::findCondition(status.conditions, "Progressing");
    return condition->reason + ": " + condition->message;
  }

  std::optional<double> value = 0.0;  ///< what the server says; none: nobody is there
  bool refuses = false;
  bool podsComeReady = true;  ///< at once; else as soon as the test says so
  bool hasNoData = false;

  api::ScaledApp app;
  WallTime now = t0;
  std::optional<decide::Command> command;
  api::ScaledAppStatus status;
  std::vector<std::string> events;
  std::set<std::string> asked;
  bool foundGood = false;  ///< by the last answer

 private:
  void carryOut(const api::Shard* shard, const decide::RolloutAction& action) {
    if (const auto* create = std::get_if<decide::CreateReplicaSet>(&action)) {
      SeenReplicaSet set{.shard = shard == nullptr ? "" : shard->name};
      set.view = {.name = decide::replicaSetName(app, shard, create->revision.hash),
                  .revision = create->revision.hash,
                  .record = create->record,
                  .createdAt = now};
      resize(set.view, create->replicas);
      snapshot.replicaSets.push_back(set);
    } else if (const auto* update = std::get_if<decide::UpdateReplicaSet>(&action)) {
      for (SeenReplicaSet& set : snapshot.replicaSets) {
        if (set.view.name != update->name) continue;
        if (update->replicas) resize(set.view, *update->replicas);
        auto annotations = decide::annotationsOf(set.view.record);
        for (const auto& [name, text] : update->annotations) {
          annotations.erase(name);
          if (text) annotations.emplace(name, *text);
        }
        set.view.record = decide::recordFrom(annotations);
      }
    }
  }

  void resize(decide::ReplicaSetView& view, int32_t replicas) const {
    view.replicas = view.pods = replicas;
    view.ready = view.available = podsComeReady ? replicas : std::min(view.ready, replicas);
  }

  void answer(const std::vector<AskedQuery>& queries) {
    answers.clear();  // Nobody keeps what nobody wants.
    for (const AskedQuery& query : queries) {
      asked.insert(query.query.query);
      foundGood = !hasNoData && !refuses && value == 0.0;
      prometheus::Reading reading{.sample = api::Unknown{"connection refused"}, .evaluatedAt = {}, .answeredAt = now};
      if (hasNoData) {
        reading.sample = api::Unknown{.reason = "the query gives no series", .noSeries = true};
      } else if (refuses) {
        reading.failure = ErrorCode::Invalid;
      } else if (!value) {
        reading.failure = ErrorCode::Unavailable;
      } else {
        reading.sample = api::Number{.value = *value, .warnings = {}};
      }
      answers.emplace(query.query.query, reading);
    }
  }

  Scaling scaling;
  Snapshot snapshot;
  std::map<std::string, prometheus::Reading> answers;
  std::optional<WallTime> lookAgain;
};

}  // namespace tidewright::control
