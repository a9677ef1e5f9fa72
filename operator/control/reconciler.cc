#include "operator/control/reconciler.h"

#include <algorithm>
#include <set>

#include <fmt/ranges.h>

#include "operator/api/validate.h"
#include "operator/control/kinds.h"
#include "operator/control/merge_patch.h"
#include "operator/decide/labels.h"
#include "operator/kube/discovery.h"

namespace tidewright::control {
namespace {

nlohmann::json parsed(const std::string& text) {
  nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  return value.is_discarded() ? nlohmann::json() : value;
}

Result<api::ScaledApp> appOf(const AppObject& object) {
  const nlohmann::json spec = parsed(object.spec);
  Result<api::ScaledAppSpec> read = api::parseScaledAppSpec(spec.is_null() ? nlohmann::json::object() : spec);
  if (!read) return fail(read.error());
  return api::ScaledApp{.name = object.meta.name,
                        .ns = object.meta.ns,
                        .uid = object.meta.uid,
                        .generation = object.meta.generation,
                        .annotations = {},
                        .spec = *std::move(read)};
}

/// What contradicts itself. Of the template the API server itself speaks, in words that people can look up.
std::optional<Refusal> refusalOf(const api::ScaledApp& app) {
  for (const api::Mistake& mistake : api::validate(app)) {
    if (mistake.field.starts_with("spec.template")) continue;
    return Refusal{"InvalidSpec", mistake.field + " " + mistake.sentence};
  }
  if (app.spec.shards.empty()) return std::nullopt;
  const nlohmann::json containers =
      app.spec.podTemplate.value("/spec/containers"_json_pointer, nlohmann::json::array());
  for (const nlohmann::json& container : containers) {
    for (const nlohmann::json& variable : container.value("env", nlohmann::json::array())) {
      if (variable.value("name", "") != "SHARD") continue;
      return Refusal{"EnvironmentClash", fmt::format("container {} sets SHARD, which is set to the shard's name; "
                                                     "call the variable something else",
                                                     container.value("name", ""))};
    }
  }
  return std::nullopt;
}

Refusal refusalOf(const Error& error) {
  const bool schedule = error.message().find("schedules") != std::string::npos;
  return {schedule ? "InvalidSchedule" : "InvalidSpec", error.message()};
}

/// The Service whose ready endpoints make a pod count as available: NAME where it selects the revision, else the new
/// side of a blue-green rollout has its own.
ServingService servingServices(const api::ScaledApp& app, const Caches& caches) {
  if (app.spec.service.ports.empty()) return [](const std::string&, const std::string&) { return std::string(); };
  return [&app, &caches](const std::string& shard, const std::string& revision) {
    const std::string name = decide::childName(app, shard);
    const auto service = caches.services.get(app.ns, name);
    const std::string* selected = service ? kube::find(service->selector, decide::kRevisionLabel) : nullptr;
    if (selected == nullptr || *selected == revision) return name;
    return decide::childName(app, shard, "preview");
  };
}

std::string appliedHash(const nlohmann::json& child) {
  return child.at("metadata").at("annotations").at(std::string(decide::kAppliedAnnotation)).get<std::string>();
}

bool isUpToDate(const kube::ObjectMeta& meta, const nlohmann::json& child) {
  const std::string* hash = kube::find(meta.annotations, decide::kAppliedAnnotation);
  return hash != nullptr && *hash == appliedHash(child);
}

kube::Requeue after(std::optional<WallTime> at, WallTime now) {
  if (!at) return {};
  return {std::max<std::chrono::nanoseconds>(*at - now, std::chrono::milliseconds(50))};
}

/// Doing these twice is doing them once, so they are taken off after they were acted on.
bool isRepeatable(decide::Command command) {
  return command == decide::Command::Abort || command == decide::Command::Retry;
}

}  // namespace

Result<kube::Requeue> Reconciler::reconcile(const kube::ObjectKey& key, std::stop_token stop) {
  Caches& caches = parts_.watches.of(key.ns);
  const std::shared_ptr<const AppObject> object = caches.apps.get(key);
  if (!object) {
    // What it owned goes by its owner references.
    forget(key);
    return kube::Requeue{};
  }
  if (object->meta.deletionTimestamp) return kube::Requeue{};
  const kube::Expectations::Verdict verdict = parts_.expectations.check(key);
  for (const std::string& cache : verdict.relist) caches.relist(cache);
  if (!verdict.ready) return kube::Requeue{verdict.wait};
  return bring(key, object, std::move(stop));
}

void Reconciler::forget(const kube::ObjectKey& key) {
  std::string uid;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = uids_.extract(key); !known.empty()) uid = known.mapped();
  }
  if (!uid.empty()) scaling_.forget(uid);
  parts_.expectations.forget(key);
  parts_.metrics.forget(key);
  parts_.samples.want(key, {});
}

ReadReading Reconciler::reader() const {
  return [this](const api::Query& query) { return parts_.samples.read(query); };
}

Result<kube::Requeue> Reconciler::bring(const kube::ObjectKey& key, std::shared_ptr<const AppObject> object,
                                        std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    uids_[key] = object->meta.uid;
  }
  const WallTime now = parts_.clock.wall();
  const api::ScaledAppStatus stored = api::parseScaledAppStatus(parsed(object->status));
  const Result<api::ScaledApp> app = appOf(*object);
  if (!app) return refuse(*object, stored, refusalOf(app.error()), stop);
  if (const auto refusal = refusalOf(*app)) return refuse(*object, stored, *refusal, stop);

  if (app->spec.targetRef) return bringTarget(*object, *app, stored, stop);

  const std::string* annotation = kube::find(object->meta.annotations, kCommandAnnotation);
  const std::optional<decide::Command> command = annotation ? decide::parseCommand(*annotation) : std::nullopt;
  if (annotation != nullptr && (!command || !isRepeatable(*command))) {
    // Once is enough: better a command that is lost with us than one that is taken twice.
    if (const Result<void> off = takeOffCommand(*object, *annotation, stop); !off) return fail(off.error());
  }

  Caches& caches = parts_.watches.of(key.ns);
  const Snapshot snapshot = takeSnapshot(caches, object, servingServices(*app, caches));
  const MonoTime began = parts_.clock.mono();
  const Plan plan = makePlan(*app, stored, snapshot, command, scaling_, reader(), now);
  parts_.samples.want(key, plan.queries);
  parts_.metrics.decided(parts_.clock.mono() - began);

  Applier applier(parts_.client, parts_.expectations, caches, key, app->uid, stop);
  const Result<Outcome> outcome = carryOut(*app, plan, snapshot, applier);
  if (!outcome) return fail(outcome.error());
  if (outcome->refusal) return refuse(*object, stored, *outcome->refusal, stop);
  tellOf(*object, *app, plan, stored);

  api::ScaledAppStatus status = statusOf(*app, stored, plan, decide::Occasion::Tick, now);
  if (annotation != nullptr) {
    std::string result = plan.workloads.front().rollout.commandResult;
    if (!command) result = "unknown; the known ones are promote, promote-full, abort, retry";
    tell(*object, !command, command ? "CommandTaken" : "UnknownCommand", "Command", *annotation + ": " + result);
    status.lastCommand = api::LastCommand{*annotation, std::chrono::floor<std::chrono::seconds>(now), result};
  }
  show(key, status, plan);
  if (const Result<void> written = writeStatus(*object, stored, status, stop); !written) return fail(written.error());
  if (command && isRepeatable(*command)) {
    const Result<void> off = takeOffCommand(*object, *annotation, stop);
    if (!off && off.error().code() != ErrorCode::Conflict) return fail(off.error());
  }
  return after(plan.lookAgain, parts_.clock.wall());
}

Result<kube::Requeue> Reconciler::bringTarget(const AppObject& object, const api::ScaledApp& app,
                                              const api::ScaledAppStatus& stored, std::stop_token stop) {
  const api::TargetRef& target = *app.spec.targetRef;
  const WallTime now = parts_.clock.wall();
  const auto refusal = [&](const Error& error) -> std::optional<Refusal> {
    if (error.code() == ErrorCode::NotFound) {
      return Refusal{"TargetNotFound", fmt::format("{} {}: {}", target.kind, target.name, error.message())};
    }
    if (error.code() != ErrorCode::Forbidden) return std::nullopt;
    return Refusal{
        "TargetForbidden",
        fmt::format("{} {}: add a rule for it to the ClusterRole tidewright, with the verbs get and patch on "
                    "its resource with /scale behind: {}",
                    target.kind, target.name, error.message())};
  };
  const auto refuseOrFail = [&](const Error& error) -> Result<kube::Requeue> {
    const std::optional<Refusal> refused = refusal(error);
    if (!refused) return fail(error);
    const Result<kube::Requeue> done = refuse(object, stored, *refused, stop);
    // No watch of ours tells when the target appears.
    return done ? Result<kube::Requeue>(kube::Requeue{std::chrono::seconds(30)}) : done;
  };

  const Result<kube::DiscoveredKind> kind = kube::discover(parts_.client, target.apiVersion, target.kind, stop);
  if (!kind) return refuseOrFail(kind.error());
  const kube::ObjectKey key{app.ns, target.name};
  const Result<kube::Json> found = parts_.client.get(kind->kind, key, stop, "scale");
  if (!found) return refuseOrFail(found.error());
  const TargetScale scale{.specReplicas = found->value("/spec/replicas"_json_pointer, 0),
                          .replicas = found->value("/status/replicas"_json_pointer, 0),
                          .selector = found->value("/status/selector"_json_pointer, std::string())};

  Plan plan;
  const ScalingInput in{.app = app,
                        .shard = {},
                        .stored = stored.autoscaling,
                        .storedDesired = scale.specReplicas,
                        .replicaSets = {},
                        .readyPods = scale.replicas,
                        .countThere = scale.specReplicas};
  const Placeholders values = placeholdersOf(app, "", {});
  const ReadReading read = reader();
  parts_.samples.want(object.meta.key(), scalingQueries(app, values));
  plan.workloads.push_back({.scaled = scaling_.look(in, sampleReader(read, values), now)});
  const Scaled& scaled = plan.workloads.front().scaled;
  if (scaled.desired != scale.specReplicas) {
    const kube::Json patch{{"metadata", {{"resourceVersion", found->at("metadata").value("resourceVersion", "")}}},
                           {"spec", {{"replicas", scaled.desired}}}};
    const Result<kube::Json> done = parts_.client.mergePatch(kind->kind, key, patch, stop, {.subresource = "scale"});
    if (!done) return refuseOrFail(done.error());
  }
  tellOf(object, app, plan, stored);
  const api::ScaledAppStatus status = targetStatusOf(app, stored, plan, scale, now);
  show(object.meta.key(), status, plan);
  if (const Result<void> written = writeStatus(object, stored, status, stop); !written) return fail(written.error());
  return after(scaled.lookAgain, parts_.clock.wall());
}

Result<Reconciler::Outcome> Reconciler::carryOut(const api::ScaledApp& app, const Plan& plan, const Snapshot& snapshot,
                                                 Applier& applier) {
  const Result<std::optional<Refusal>> refused = tryTemplates(app, plan, applier);
  if (!refused) return fail(refused.error());
  if (*refused) return Outcome{.refusal = **refused};

  Result<void> done = writeChildren(app, plan, snapshot, applier);
  for (const PlannedWorkload& workload : plan.workloads) {
    if (done) done = act(app, workload, snapshot, applier);
  }
  if (done) done = removeStrays(plan, snapshot, applier);
  if (applier.taken()) {
    return Outcome{.refusal = Refusal{"NameTaken", fmt::format("{} is there already and belongs to {}; delete it, or "
                                                               "call the app something else",
                                                               applier.taken()->child, applier.taken()->owner)},
                   .writes = applier.writes()};
  }
  if (!done && done.error().code() == ErrorCode::Invalid) {
    return Outcome{.refusal = Refusal{"ChildRefused", done.error().message()}, .writes = applier.writes()};
  }
  if (!done) return fail(done.error());
  return Outcome{.writes = applier.writes()};
}

Result<std::optional<Refusal>> Reconciler::tryTemplates(const api::ScaledApp& app, const Plan& plan, Applier& applier) {
  for (const PlannedWorkload& workload : plan.workloads) {
    for (const decide::RolloutAction& action : workload.rollout.actions) {
      const auto* create = std::get_if<decide::CreateReplicaSet>(&action);
      if (create == nullptr) continue;
      const Result<void> tried =
          applier.tryCreate(kReplicaSets, decide::replicaSetManifest(app, workload.shard, *create));
      if (tried) continue;
      if (tried.error().code() != ErrorCode::Invalid) return fail(tried.error());
      return Refusal{"TemplateRefused", tried.error().message()};
    }
  }
  return std::nullopt;
}

Result<void> Reconciler::writeChildren(const api::ScaledApp&, const Plan& plan, const Snapshot& snapshot,
                                       Applier& applier) {
  for (const nlohmann::json& child : plan.children) {
    const bool isService = child.at("kind") == "Service";
    const std::string name = child.at("metadata").at("name").get<std::string>();
    const kube::Service* service = isService ? snapshot.service(name) : nullptr;
    const kube::PodDisruptionBudget* budget = isService ? nullptr : snapshot.budget(name);
    const kube::ResourceKind& kind = isService ? kServices : kPodDisruptionBudgets;
    const char* cache = isService ? kServiceCache : kBudgetCache;
    const kube::ObjectMeta* meta = service ? &service->meta : budget ? &budget->meta : nullptr;
    if (meta != nullptr && isUpToDate(*meta, child)) continue;
    const Result<void> done = meta == nullptr ? applier.create(kind, cache, child) : applier.apply(kind, cache, child);
    if (!done) return done;
    parts_.log.info(meta == nullptr ? "created" : "applied",
                    {{"kind", kind.kind}, {"namespace", snapshot.object->meta.ns}, {"name", name}});
  }
  return {};
}

Result<void> Reconciler::removeStrays(const Plan& plan, const Snapshot& snapshot, Applier& applier) {
  std::set<std::pair<std::string, std::string>> wanted;
  for (const nlohmann::json& child : plan.children) {
    wanted.emplace(child.at("kind").get<std::string>(), child.at("metadata").at("name").get<std::string>());
  }
  for (const auto& service : snapshot.services) {
    if (service->meta.deletionTimestamp || wanted.contains({"Service", service->meta.name})) continue;
    const Result<void> done = applier.remove(kServices, kServiceCache, service->meta.name, service->meta.uid);
    if (!done) return done;
  }
  for (const auto& budget : snapshot.budgets) {
    if (budget->meta.deletionTimestamp || wanted.contains({"PodDisruptionBudget", budget->meta.name})) continue;
    const Result<void> done = applier.remove(kPodDisruptionBudgets, kBudgetCache, budget->meta.name, budget->meta.uid);
    if (!done) return done;
  }
  return {};
}

Result<void> Reconciler::act(const api::ScaledApp& app, const PlannedWorkload& workload, const Snapshot& snapshot,
                             Applier& applier) {
  const std::string key = app.ns + "/" + app.name;
  for (const decide::RolloutAction& action : workload.rollout.actions) {
    Result<void> done;
    if (const auto* create = std::get_if<decide::CreateReplicaSet>(&action)) {
      done = applier.create(kReplicaSets, kReplicaSetCache, decide::replicaSetManifest(app, workload.shard, *create));
      if (done) {
        parts_.log.info("created ReplicaSet",
                        {{"app", key}, {"revision", create->revision.hash}, {"replicas", create->replicas}});
      }
    } else if (const auto* update = std::get_if<decide::UpdateReplicaSet>(&action)) {
      const SeenReplicaSet* seen = snapshot.replicaSet(update->name);
      if (seen == nullptr)
        return fail(ErrorCode::Internal, "ReplicaSet {} was decided on and is not seen", update->name);
      done = applier.resize(*update, seen->resourceVersion);
      if (done && update->replicas) {
        parts_.log.info(
            "scaled ReplicaSet",
            {{"app", key}, {"replicaSet", update->name}, {"from", update->from}, {"to", *update->replicas}});
      }
    } else {
      const std::string& name = std::get<decide::DeleteReplicaSet>(action).name;
      const SeenReplicaSet* seen = snapshot.replicaSet(name);
      if (seen == nullptr) continue;
      done = applier.remove(kReplicaSets, kReplicaSetCache, name, seen->uid);
      if (done) parts_.log.info("deleted ReplicaSet", {{"app", key}, {"replicaSet", name}});
    }
    if (!done) return done;
  }
  return {};
}

Result<kube::Requeue> Reconciler::refuse(const AppObject& object, const api::ScaledAppStatus& stored,
                                         const Refusal& refusal, std::stop_token stop) {
  const WallTime now = parts_.clock.wall();
  const api::ScaledAppStatus status = refusedStatus(object.meta.generation, stored, refusal, now);
  const api::Condition* before = api::findCondition(stored.conditions, "Valid");
  if (before == nullptr || before->reason != refusal.reason || before->message != refusal.message) {
    parts_.log.warn("refused",
                    {{"app", object.meta.key().toString()}, {"reason", refusal.reason}, {"message", refusal.message}});
    tell(object, true, refusal.reason, "Validate", refusal.message);
  }
  if (const Result<void> written = writeStatus(object, stored, status, stop); !written) return fail(written.error());
  // Somebody may take what is in the way out of it, of which no watch of ours tells.
  if (refusal.reason == "NameTaken" || refusal.reason == "ChildRefused") return kube::Requeue{std::chrono::minutes(1)};
  return kube::Requeue{};
}

Result<void> Reconciler::writeStatus(const AppObject& object, const api::ScaledAppStatus& stored,
                                     const api::ScaledAppStatus& wanted, std::stop_token stop) {
  if (wanted == stored) return {};
  const nlohmann::json before = parsed(object.status);
  const auto patch = mergePatchFor(before.is_object() ? before : nlohmann::json::object(), api::toJson(wanted));
  if (!patch) return {};
  const Result<kube::Json> answer =
      // With the uid: an app that was deleted and made anew meanwhile answers with a conflict.
      parts_.client.patchStatus(kScaledApps, object.meta.key(),
                                {{"metadata", {{"uid", object.meta.uid}}}, {"status", *patch}}, std::move(stop));
  if (!answer && answer.error().code() == ErrorCode::NotFound) return {};  // Deleted meanwhile.
  if (!answer) return fail(answer.error());
  Caches& caches = parts_.watches.of(object.meta.ns);
  parts_.expectations.wrote(object.meta.key(), caches.ns() + "/" + kAppCache,
                            answer->at("metadata").value("resourceVersion", ""));
  return {};
}

Result<void> Reconciler::takeOffCommand(const AppObject& object, const std::string& command, std::stop_token stop) {
  // Only that very command: the next one may have come in between.
  const std::string path = "/metadata/annotations/tidewright.dev~1command";
  const kube::Json operations{{{"op", "test"}, {"path", "/metadata/uid"}, {"value", object.meta.uid}},
                              {{"op", "test"}, {"path", path}, {"value", command}},
                              {{"op", "remove"}, {"path", path}}};
  const Result<kube::Json> answer =
      parts_.client.jsonPatch(kScaledApps, object.meta.key(), operations, std::move(stop));
  if (!answer && answer.error().code() == ErrorCode::Invalid) {
    return fail(ErrorCode::Conflict, "the command {} was withdrawn or replaced", command);
  }
  if (!answer) return fail(answer.error());
  Caches& caches = parts_.watches.of(object.meta.ns);
  parts_.expectations.wrote(object.meta.key(), caches.ns() + "/" + kAppCache,
                            answer->at("metadata").value("resourceVersion", ""));
  return {};
}

void Reconciler::tell(const AppObject& object, bool warning, std::string reason, std::string action, std::string note) {
  parts_.events.record({.regarding = {.apiVersion = kScaledApps.apiVersion(),
                                      .kind = kScaledApps.kind,
                                      .key = object.meta.key(),
                                      .uid = object.meta.uid},
                        .type = warning ? kube::EventType::Warning : kube::EventType::Normal,
                        .reason = std::move(reason),
                        .action = std::move(action),
                        .note = std::move(note)});
}

void Reconciler::tellOf(const AppObject& object, const api::ScaledApp& app, const Plan& plan,
                        const api::ScaledAppStatus& stored) {
  for (const PlannedWorkload& workload : plan.workloads) {
    const std::string shard = workload.shard == nullptr ? "" : " of shard " + workload.shard->name;
    if (const std::optional<int32_t> from = workload.scaled.from) {
      const int32_t to = workload.scaled.desired;
      std::string why = "spec.replicas asks for it";
      if (workload.scaled.decision && !workload.scaled.decision->trace.steps.empty()) {
        why = workload.scaled.decision->trace.steps.back().why;
      }
      parts_.log.info("scaled", {{"app", object.meta.key().toString()}, {"from", *from}, {"to", to}, {"why", why}});
      tell(object, false, to > *from ? "ScaledUp" : "ScaledDown", "Scale",
           fmt::format("from {} to {} pods{}: {}", *from, to, shard, why));
    }
    for (const decide::RolloutEvent& event : workload.rollout.events) {
      parts_.log.info("rollout",
                      {{"app", object.meta.key().toString()}, {"reason", event.reason}, {"message", event.message}});
      tell(object, event.warning, event.reason, "Rollout", event.message);
    }
  }
  const bool isNew = stored.observedGeneration != app.generation;
  if (const std::string ignored = notActedOn(app.spec); isNew && !ignored.empty()) {
    tell(object, true, "PartlyActedOn", "Validate", ignored);
  }
}

void Reconciler::show(const kube::ObjectKey& key, const api::ScaledAppStatus& status, const Plan& plan) {
  Metrics::App shown{.desired = status.desiredReplicas, .current = status.counts.replicas, .phase = status.phase};
  for (const PlannedWorkload& workload : plan.workloads) {
    if (!workload.scaled.decision) continue;
    for (const api::MetricTrace& metric : workload.scaled.decision->trace.metrics) {
      if (const auto* number = std::get_if<api::Number>(&metric.sample)) shown.values[metric.name] = number->value;
    }
  }
  parts_.metrics.app(key, shown);
}

void Reconciler::flush(std::stop_token stop) {
  for (const Caches& caches : parts_.watches.all()) {
    for (const std::shared_ptr<const AppObject>& object : caches.apps.all()) {
      if (stop.stop_requested()) return;
      const Result<void> written = flushOne(*object, stop);
      if (written) continue;
      parts_.log.warn("status not written at the end",
                      {{"app", object->meta.key().toString()}, {"error", written.error().message()}});
    }
  }
}

Result<void> Reconciler::flushOne(const AppObject& object, const std::stop_token& stop) {
  const Result<api::ScaledApp> app = appOf(object);
  if (!app || !app->spec.autoscaling) return {};
  const WallTime now = parts_.clock.wall();
  const api::ScaledAppStatus stored = api::parseScaledAppStatus(parsed(object.status));
  api::ScaledAppStatus status = stored;
  const auto bringUpToDate = [&](api::AutoscalingStatus& one, const std::string& shard) {
    const std::optional<api::AutoscalingStatus> memory = scaling_.memoryOf(app->uid, shard);
    if (!memory) return;
    const auto reason = decide::mustWrite(one, *memory, *app->spec.autoscaling, decide::Occasion::Shutdown, now);
    if (reason != decide::WriteReason::None) one = *memory;
  };
  for (api::ShardStatus& shard : status.shards) bringUpToDate(shard.autoscaling, shard.name);
  if (status.shards.empty()) bringUpToDate(status.autoscaling, "");
  return writeStatus(object, stored, status, stop);
}

}  // namespace tidewright::control
