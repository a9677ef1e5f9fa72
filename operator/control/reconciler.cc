#include "operator/control/reconciler.h"

#include <fmt/format.h>
#include <algorithm>

#include "operator/api/validate.h"
#include "operator/control/carry_out.h"
#include "operator/control/kinds.h"
#include "operator/control/merge_patch.h"
#include "operator/control/requeue_at.h"
#include "operator/control/teller.h"
#include "operator/control/unhurried.h"
#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

Result<api::ScaledApp> appOf(const AppObject& object, const kube::Json& spec) {
  Result<api::ScaledAppSpec> read = api::parseScaledAppSpec(spec);
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
    if (app.spec.rollout.gatewayRoute) {
      // Requests come by these; both lead to the stable revision while nothing is rolled out.
      for (const char* side : {"canary", "stable"}) {
        const auto service = caches.services.get(app.ns, decide::childName(app, shard, side));
        const std::string* selected = service ? kube::find(service->selector, decide::kRevisionLabel) : nullptr;
        if (selected != nullptr && *selected == revision) return service->meta.name;
      }
    }
    const std::string name = decide::childName(app, shard);
    const auto service = caches.services.get(app.ns, name);
    const std::string* selected = service ? kube::find(service->selector, decide::kRevisionLabel) : nullptr;
    if (selected == nullptr || *selected == revision) return name;
    return decide::childName(app, shard, "preview");
  };
}

/// Nothing of it runs or ever did, and it is to be one ReplicaSet: making that is as good as trying it.
bool isNew(const api::ScaledAppStatus& stored, const Snapshot& snapshot, const Plan& plan) {
  return snapshot.replicaSets.empty() && plan.workloads.size() == 1 &&
         storedWorkload(stored, plan.workloads.front().shard).currentRevision.empty();
}

}  // namespace

Result<kube::Requeue> Reconciler::reconcile(const kube::ObjectKey& key, kube::Cause cause, std::stop_token stop) {
  Caches& caches = parts_.watches.of(key.ns);
  std::shared_ptr<const AppObject> object = caches.apps.get(key);
  if (!object) {
    // What it owned goes by its owner references.
    forget(key);
    return kube::Requeue{};
  }
  if (object->meta.deletionTimestamp) {
    turns_.leave(key);
    return kube::Requeue{};
  }
  if (cause == kube::Cause::Tick) {
    if (const std::optional<kube::Requeue> done = tick(key, *object)) return *done;
  }
  disturb(key);
  const kube::Expectations::Verdict verdict = parts_.expectations.check(key);
  for (const std::string& cache : verdict.relist) caches.relist(cache);
  if (!verdict.ready) return kube::Requeue{verdict.wait};
  // What was awaited may have come after it was read.
  object = caches.apps.get(key);
  if (!object) return kube::Requeue{};
  Result<kube::Requeue> done = bring(key, object, stop);
  // After a conflict it is looked at again at once, and decides anew.
  if (!done && done.error().code() != ErrorCode::Conflict) turns_.failed(key);
  return done;
}

void Reconciler::forget(const kube::ObjectKey& key) {
  std::string uid;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.extract(key); !known.empty()) uid = known.mapped().uid;
  }
  if (!uid.empty()) scaling_.forget(uid);
  turns_.leave(key);
  parts_.expectations.forget(key);
  parts_.metrics.apps.forget(key);
  parts_.samples.want(key, {});
  parts_.watches.unfollow(key);
}

ReadReading Reconciler::reader() const {
  return [this](const api::Query& query) { return parts_.samples.read(query); };
}

Result<kube::Requeue> Reconciler::bring(const kube::ObjectKey& key, std::shared_ptr<const AppObject> object,
                                        const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    Known& known = known_[key];
    if (known.uid != object->meta.uid) {
      if (!known.uid.empty()) scaling_.forget(known.uid);
      turns_.leave(key);
      known = Known();
      known.uid = object->meta.uid;
    }
  }
  const auto [spec, status] = object->whole();
  const api::ScaledAppStatus stored = api::parseScaledAppStatus(status);
  const Result<api::ScaledApp> app = appOf(*object, spec);
  if (!app) return refuse(*object, stored, refusalOf(app.error()), stop);
  if (const auto refusal = refusalOf(*app)) return refuse(*object, stored, *refusal, stop);

  Subject subject{.object = std::move(object),
                  .app = *app,
                  .stored = stored,
                  .log = parts_.log.with({"reconcile", ++lastReconcile_})};
  if (!app->spec.targetRef) return bringPods(subject, stop);
  turns_.leave(kube::ObjectKey{app->ns, app->name});
  return bringTarget(subject, stop);
}

Result<kube::Requeue> Reconciler::bringPods(Subject& subject, const std::stop_token& stop) {
  const api::ScaledApp& app = subject.app;
  const kube::ObjectKey key{app.ns, app.name};
  const Result<std::optional<AskedCommand>> asked = takeCommand(subject, stop);
  if (!asked) return fail(asked.error());
  const bool isAsked = *asked && !(*asked)->isDone;
  const std::optional<decide::Command> command = isAsked ? decide::parseCommand((*asked)->name) : std::nullopt;

  Caches& caches = parts_.watches.of(app.ns);
  Snapshot snapshot = takeSnapshot(caches, subject.object, servingServices(app, caches));
  snapshot.route = seeRoute(app, parts_.watches);
  Applier applier(parts_.client, parts_.expectations, caches, key, app.uid, stop);
  Result<Decided> decided = decide(subject, snapshot, command, applier);
  if (!decided) return isNamespaceEnding(decided.error()) ? Result<kube::Requeue>() : fail(decided.error());
  Plan& plan = decided->plan;
  parts_.samples.want(key, plan.queries);
  if (plan.workloads.empty() && !decided->refusal) {
    return requeueAt(decided->lookAgain, parts_.clock.wall());
  }
  const auto refuseAndAskAgain = [&](const Refusal& refusal) {
    const Result<kube::Requeue> done = refuse(*subject.object, subject.stored, refusal, stop);
    return done ? Result<kube::Requeue>(kube::Requeue{kAskAgain}) : done;
  };
  if (plan.workloads.empty()) return refuseAndAskAgain(*decided->refusal);

  Outcome outcome{.decided = *decided,
                  .snapshot = snapshot,
                  .asked = *asked,
                  .command = command,
                  .before = subject.stored,
                  .now = parts_.clock.wall()};
  if (const auto intent = intentOf(app, subject.stored, plan)) {
    if (const Result<void> written = writeStatus(subject, *intent, stop); !written) return fail(written.error());
  }
  if (const UnhurriedWrites writes = unhurriedWrites(plan, snapshot, subject.stored);
      writes.any() && !hasTurn(key, outcome)) {
    takeOut(plan, writes);
  }
  const Teller teller(parts_.events, subject.log, *subject.object);
  teller.decided(plan);
  Course& course = outcome.course;
  course = {.mayRepair = mayRepair(key, outcome.now), .routeAsked = routeAsked(key), .actions = decided->made};
  const Result<std::optional<Refusal>> carriedOut =
      carryOut(app, plan, snapshot, parts_.watches, applier, course, subject.log);
  noteRouteAsked(key, course.routeAsked);
  // A turn is told once its first write is made, which may be that of the status: the next decision does not take it
  // again.
  if (course.actions > 0) teller.rolled(plan);
  if (!carriedOut) {
    if (!outcome.tookTurn()) turns_.changed(applier.writes());
    return isNamespaceEnding(carriedOut.error()) ? Result<kube::Requeue>() : fail(carriedOut.error());
  }
  if (course.templateRefused && *carriedOut && decided->isNew) {
    // There is no status of pods to tell, and nothing to keep; its Service waits for the template that will be taken.
    noteRefused(key, app.generation, **carriedOut, outcome.now);
    return refuseAndAskAgain(**carriedOut);
  }
  if (course.repairWanted && course.mayRepair) noteRepair(key, outcome.now);
  outcome.refusal = *carriedOut;
  outcome.writes = applier.writes();
  return tell(subject, outcome, stop);
}

Result<Reconciler::Decided> Reconciler::decide(const Subject& subject, const Snapshot& snapshot,
                                               std::optional<decide::Command> command, Applier& applier) {
  const api::ScaledApp& app = subject.app;
  const kube::ObjectKey key{app.ns, app.name};
  const WallTime now = parts_.clock.wall();
  const MonoTime began = parts_.clock.mono();
  const ReadReading read = reader();
  const auto plan = [&](const Asked& asked) {
    return makePlan(app, subject.stored, snapshot, asked, scaling_, read, now);
  };
  Decided decided{.refusal = refusedBefore(key, app.generation, now)};
  const std::optional<std::string> configHash = configHashOf(app, decided, now);
  if (!decided.refusal && configHash) {
    decided.plan = plan({.command = command, .configHash = *configHash});
    parts_.metrics.decided(parts_.clock.mono() - began);
    const bool first = !intentOf(app, subject.stored, decided.plan);
    decided.isNew = first && isNew(subject.stored, snapshot, decided.plan);
    if (decided.isNew) return decided;
    const Result<Trial> tried = tryTemplates(app, decided.plan, snapshot, first, applier, subject.log);
    if (!tried) return fail(tried.error());
    decided.made = tried->made;
    if (!tried->refusal) return decided;
    decided.refusal = tried->refusal;
    noteRefused(key, app.generation, *tried->refusal, now);
  }
  // What runs goes on, and its count too, while somebody mends the template.
  decided.plan = hasKept(app, subject.stored, snapshot) ? plan({command, Template::Kept, {}}) : Plan{};
  return decided;
}

std::optional<std::string> Reconciler::configHashOf(const api::ScaledApp& app, Decided& decided, WallTime now) {
  Configuration configuration = readConfiguration(app, parts_.watches.of(app.ns));
  if (!configuration.known) {
    if (!decided.refusal) decided.refusal = std::move(configuration.refusal);
    if (!decided.refusal) decided.lookAgain = now + kListSoon;
    return std::nullopt;
  }
  if (app.spec.rollout.onConfigChange == api::OnConfigChange::Ignore) return configuration.hash;
  const std::lock_guard lock(mutex_);
  Settling& settling = known_[{app.ns, app.name}].ownSeldom().configuration;
  if (settling.settled(configuration.hash, now)) return configuration.hash;
  decided.lookAgain = settling.until();
  return std::nullopt;
}

std::optional<Refusal> Reconciler::refusedBefore(const kube::ObjectKey& key, int64_t generation, WallTime now) {
  const std::lock_guard lock(mutex_);
  const std::unique_ptr<const RefusedTemplate>& refused = known_[key].seldom().refused;
  if (!refused || refused->generation != generation || now >= refused->at + kAskAgain) return std::nullopt;
  return refused->refusal;
}

void Reconciler::noteRefused(const kube::ObjectKey& key, int64_t generation, const Refusal& refusal, WallTime now) {
  const std::lock_guard lock(mutex_);
  known_[key].ownSeldom().refused = std::make_unique<const RefusedTemplate>(generation, refusal, now);
}

bool Reconciler::mayRepair(const kube::ObjectKey& key, WallTime now) {
  const std::lock_guard lock(mutex_);
  const std::optional<WallTime>& repairedAt = known_[key].seldom().repairedAt;
  return !repairedAt || now >= *repairedAt + kAskAgain;
}

std::string Reconciler::routeAsked(const kube::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  return known_[key].seldom().routeAsked;
}

void Reconciler::noteRouteAsked(const kube::ObjectKey& key, const std::string& weights) {
  const std::lock_guard lock(mutex_);
  Known& known = known_[key];
  if (known.seldom().routeAsked != weights) known.ownSeldom().routeAsked = weights;
}

bool Reconciler::hasTurn(const kube::ObjectKey& key, Outcome& outcome) {
  if (!outcome.hasAskedForTurn) outcome.postponed = turns_.waitsUntil(key);
  outcome.hasAskedForTurn = true;
  return !outcome.postponed;
}

void Reconciler::noteRepair(const kube::ObjectKey& key, WallTime now) {
  const std::lock_guard lock(mutex_);
  known_[key].ownSeldom().repairedAt = now;
}

Result<kube::Requeue> Reconciler::refuse(const AppObject& object, const api::ScaledAppStatus& stored,
                                         const Refusal& refusal, std::stop_token stop) {
  const api::ScaledAppStatus status = refusedStatus(object.meta.generation, stored, refusal, parts_.clock.wall());
  Teller(parts_.events, parts_.log, object).refused(stored, refusal);
  turns_.leave(object.meta.key());
  parts_.samples.want(object.meta.key(), {});  // Nobody decides on them.
  if (const Result<void> written = writeStatus(object, stored, status, stop); !written) return fail(written.error());
  return kube::Requeue{};
}

Result<void> Reconciler::writeStatus(const AppObject& object, const api::ScaledAppStatus& stored,
                                     const api::ScaledAppStatus& wanted, std::stop_token stop) {
  if (wanted == stored) return {};
  const auto patch = mergePatchFor(object.whole().status, api::toJson(wanted));
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

Result<void> Reconciler::writeStatus(Subject& subject, const api::ScaledAppStatus& wanted,
                                     const std::stop_token& stop) {
  if (wanted == subject.stored) return {};
  const Result<void> written = writeStatus(*subject.object, subject.stored, wanted, stop);
  if (!written) return written;
  AppObject object = *subject.object;
  object.set(object.whole().spec, api::toJson(wanted));
  subject.object = std::make_shared<const AppObject>(std::move(object));
  subject.stored = wanted;
  return {};
}

void Reconciler::flush(std::stop_token stop) {
  for (const Caches& caches : parts_.watches.all()) {
    for (const kube::ObjectKey& key : caches.apps.keys()) {
      if (stop.stop_requested()) return;
      const std::shared_ptr<const AppObject> object = caches.apps.get(key);
      const Result<void> written = object ? flushOne(*object, stop) : Result<void>();
      if (written) continue;
      parts_.log.warn("status not written at the end", {{"app", key.toString()}, {"error", written.error().message()}});
    }
  }
}

Result<void> Reconciler::flushOne(const AppObject& object, const std::stop_token& stop) {
  const auto [spec, said] = object.whole();
  const Result<api::ScaledApp> app = appOf(object, spec);
  if (!app || !app->spec.autoscaling) return {};
  const WallTime now = parts_.clock.wall();
  const api::ScaledAppStatus stored = api::parseScaledAppStatus(said);
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
