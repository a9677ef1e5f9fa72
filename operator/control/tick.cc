// What the reconciler does for an app of which nothing is under way: the autoscaler alone looks at it.
#include <algorithm>
#include <variant>

#include "operator/api/autoscaling.h"
#include "operator/control/reconciler.h"
#include "operator/control/requeue_at.h"
#include "operator/control/teller.h"
#include "operator/decide/status_write.h"

namespace tidewright::control {
namespace {

/// What the next one of the two says; none: neither says anything.
std::optional<WallTime> sooner(std::optional<WallTime> one, std::optional<WallTime> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

/// None: one of them is unknown, which is more than a number to tell.
std::optional<std::vector<std::pair<std::string, double>>> valuesOf(const api::LastDecision& decision) {
  std::vector<std::pair<std::string, double>> values;
  values.reserve(decision.metrics.size());
  for (const api::MetricTrace& metric : decision.metrics) {
    const auto* number = std::get_if<api::Number>(&metric.sample);
    if (number == nullptr) return std::nullopt;
    values.emplace_back(metric.name, number->value);
  }
  return values;
}

}  // namespace

bool Reconciler::mayRefresh() {
  const std::lock_guard lock(mutex_);
  return refreshes_.take(parts_.clock.mono());
}

void Reconciler::disturb(const kube::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  if (const auto known = known_.find(key); known != known_.end()) known->second.calm.reset();
}

void Reconciler::noteCalm(const Subject& subject, const Plan& plan) {
  const api::ScaledApp& app = subject.app;
  const bool plain = app.spec.autoscaling && !app.spec.paused && app.spec.shards.empty() &&
                     app.spec.rollout.analysis.empty() && plan.workloads.size() == 1;
  const api::Condition* metrics = api::findCondition(subject.stored.conditions, "MetricsAvailable");
  if (!plain || metrics == nullptr || metrics->status != api::ConditionStatus::True) return;
  const PlannedWorkload& workload = plan.workloads.front();
  Calm calm{.resourceVersion = subject.object->meta.resourceVersion,
            .currentRevision = subject.stored.workload.currentRevision,
            .stableRevision = subject.stored.workload.stableRevision,
            .readyPods = workload.rollout.counts.readyReplicas,
            .until = workload.rollout.lookAgain};
  if (plan.lookAgain != workload.scaled.lookAgain) calm.until = sooner(calm.until, plan.lookAgain);
  const std::lock_guard lock(mutex_);
  known_[{app.ns, app.name}].calm.emplace(calm);
}

std::optional<kube::Requeue> Reconciler::tick(const kube::ObjectKey& key, const AppObject& object) {
  const WallTime now = parts_.clock.wall();
  Calm calm;
  {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(key);
    if (known == known_.end() || !known->second.calm) return std::nullopt;
    calm = known->second.calm->as<Calm>();
  }
  if (calm.resourceVersion != object.meta.resourceVersion || (calm.until && now >= *calm.until)) return std::nullopt;

  const auto [spec, memory] = object.forTick();
  Result<api::Autoscaling> policy = api::parseAutoscaling(spec.at("autoscaling"));
  if (!policy) return std::nullopt;
  api::ScaledApp app{.name = key.name,
                     .ns = key.ns,
                     .uid = object.meta.uid,
                     .generation = object.meta.generation,
                     .annotations = {},
                     .spec = {}};
  if (spec.contains("replicas")) app.spec.replicas = spec["replicas"].get<int32_t>();
  app.spec.autoscaling = *std::move(policy);

  api::WorkloadStatus revisions;
  revisions.currentRevision = std::move(calm.currentRevision);
  revisions.stableRevision = std::move(calm.stableRevision);
  const ReadReading read = reader();
  // What was stored matters only to a first look, of which this is none.
  const Scaled scaled = scaling_.look({.app = app,
                                       .shard = {},
                                       .stored = {},
                                       .storedDesired = {},
                                       .replicaSets = {},
                                       .readyPods = calm.readyPods,
                                       .countThere = {}},
                                      sampleReader(read, placeholdersOf(app, "", revisions)), now);
  if (scaled.isTick) parts_.metrics.scaled();
  Teller(parts_.events, parts_.log, object).decided(scaled, "");
  if (scaled.from || scaled.replicasIgnored || scaled.decision() == nullptr) return std::nullopt;
  auto values = valuesOf(*scaled.decision());
  if (!values) return std::nullopt;
  const api::AutoscalingStatus stored = api::parseAutoscalingStatus(memory);
  const decide::WriteReason reason =
      decide::mustWrite(stored, scaled.memory, *app.spec.autoscaling, decide::Occasion::Tick, now);
  const bool mayWait =
      reason == decide::WriteReason::None || (reason == decide::WriteReason::ValuesAged && !mayRefresh());
  if (!mayWait) return std::nullopt;
  parts_.metrics.apps.setValues(key, *std::move(values));
  return requeueAt(sooner(scaled.lookAgain, calm.until), now);
}

}  // namespace tidewright::control
