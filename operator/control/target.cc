// What the reconciler does for a targetRef: somebody else's pods, of which only the count is ours.
#include <fmt/format.h>

#include "operator/control/reconciler.h"
#include "operator/control/requeue_at.h"
#include "operator/control/teller.h"
#include "operator/kube/discovery.h"

namespace tidewright::control {
namespace {

/// No watch of ours tells when the target appears.
constexpr std::chrono::seconds kLookAgain{30};

Refusal taken(const api::TargetRef& target, const std::string& other) {
  return {"TargetTaken", fmt::format("{} scales {} {} already, and two would fight: delete it, or this ScaledApp; in "
                                     "mode DryRun this one only says what it would do",
                                     other, target.kind, target.name)};
}

std::optional<Refusal> targetRefusal(const api::TargetRef& target, const Error& error) {
  if (error.code() == ErrorCode::NotFound) {
    return Refusal{"TargetNotFound", fmt::format("{} {}: {}", target.kind, target.name, error.message())};
  }
  if (error.code() != ErrorCode::Forbidden) return std::nullopt;
  return Refusal{"TargetForbidden",
                 fmt::format("{} {}: add a rule for it to the ClusterRole tidewright, with the verbs get and patch on "
                             "its resource with /scale behind: {}",
                             target.kind, target.name, error.message())};
}

/// Scaling goes on: it did so before anybody could be asked.
std::string ownersUnread(const Owners& owners) {
  if (!owners.unread || owners.unread->code() != ErrorCode::Forbidden) return {};
  return fmt::format(
      "whether a HorizontalPodAutoscaler scales the target too cannot be known: install the manifests or "
      "the chart of this version again ({})",
      owners.unread->message());
}

}  // namespace

Result<kube::Requeue> Reconciler::bringTarget(Subject& subject, const std::stop_token& stop) {
  const api::ScaledApp& app = subject.app;
  const api::TargetRef& target = *app.spec.targetRef;
  const WallTime now = parts_.clock.wall();
  const auto refuseOrFail = [&](const Error& error) -> Result<kube::Requeue> {
    const std::optional<Refusal> refused = targetRefusal(target, error);
    if (!refused) return fail(error);
    const Result<kube::Requeue> done = refuse(*subject.object, subject.stored, *refused, stop);
    return done ? Result<kube::Requeue>(kube::Requeue{kLookAgain}) : done;
  };

  const Owners owners = betterOwner(app, *subject.object, parts_.watches.of(app.ns));
  if (owners.pending) return kube::Requeue{kListSoon};
  if (!owners.other.empty()) {
    const Result<kube::Requeue> done = refuse(*subject.object, subject.stored, taken(target, owners.other), stop);
    return done ? Result<kube::Requeue>(kube::Requeue{kLookAgain}) : done;
  }
  const Result<std::optional<AskedCommand>> asked = takeCommand(subject, stop);
  if (!asked) return fail(asked.error());
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
                        .stored = subject.stored.autoscaling,
                        .storedDesired = scale.specReplicas,
                        .replicaSets = {},
                        .readyPods = scale.replicas,
                        .countThere = scale.specReplicas};
  const api::Placeholders values = placeholdersOf(app, "", {});
  const ReadReading read = reader();
  parts_.samples.want({app.ns, app.name}, scalingQueries(app, values));
  plan.workloads.push_back({.scaled = scaling_.look(in, sampleReader(read, values), now)});
  const Scaled& scaled = plan.workloads.front().scaled;
  if (const auto intent = intentOf(app, subject.stored, plan)) {
    if (const Result<void> written = writeStatus(subject, *intent, stop); !written) return fail(written.error());
  }
  if (scaled.desired != scale.specReplicas) {
    const kube::Json patch{{"metadata", {{"resourceVersion", found->at("metadata").value("resourceVersion", "")}}},
                           {"spec", {{"replicas", scaled.desired}}}};
    const Result<kube::Json> done = parts_.client.mergePatch(kind->kind, key, patch, stop, {.subresource = "scale"});
    if (!done) return refuseOrFail(done.error());
  }
  const Teller teller(parts_.events, subject.log, *subject.object);
  teller.decided(plan);
  teller.scaled(plan);
  scaling_.told(app.uid, "");
  api::ScaledAppStatus status = targetStatusOf(app, subject.stored, plan, scale, ownersUnread(owners), now);
  teller.warned(subject.stored, status);
  if (*asked) answer(teller, status, (*asked)->name, false, "nothing to do: only the count of a targetRef is ours");
  show(subject.object->meta.key(), status, plan);
  if (const Result<void> written = writeStatus(subject, status, stop); !written) return fail(written.error());
  if (const Result<void> done = finishCommand(subject, *asked, stop); !done) return fail(done.error());
  return requeueAt(scaled.lookAgain, parts_.clock.wall());
}

}  // namespace tidewright::control
