#include "cli/undo.h"

#include "cli/app_reader.h"
#include "cli/kinds.h"
#include "cli/revision_choice.h"
#include "operator/timestamp.h"

namespace tidewright::cli {
namespace {

/// Template and restartAt: together they are the revision.
kube::Json editOf(const AppView& view, const api::RevisionSource& source) {
  // Of the spec that was looked at: somebody else's edit in between must not be lost without a word.
  kube::Json operations = {{{"op", "test"}, {"path", "/metadata/generation"}, {"value", view.app.generation}},
                           {{"op", "replace"}, {"path", "/spec/template"}, {"value", source.podTemplate}}};
  if (source.restartAt) {
    operations.push_back({{"op", "add"}, {"path", "/spec/restartAt"}, {"value", formatTimestamp(*source.restartAt)}});
  } else if (view.app.spec.restartAt) {
    operations.push_back({{"op", "remove"}, {"path", "/spec/restartAt"}});
  }
  return operations;
}

/// What the ConfigMaps and Secrets of a revision were; empty if they are no part of it.
std::string configOf(const WorkloadView& workload, const std::string& revision) {
  for (const RevisionView& one : workload.revisions) {
    if (one.set.revision == revision && one.source) return one.source->configHash;
  }
  return {};
}

/// The revision that the spec asks for. The status tells, unless the spec was edited since: going back is from that
/// edit.
std::string askedRevision(const AppView& view, const WorkloadView& workload) {
  if (view.isObserved()) return workload.status.currentRevision;
  std::vector<decide::ReplicaSetView> sets;
  for (const RevisionView& revision : workload.revisions) sets.push_back(revision.set);
  // The configuration of the revision before that edit is the newest that is known here.
  return decide::resolveRevision({.podTemplate = view.app.spec.podTemplate,
                                  .restartAt = view.app.spec.restartAt,
                                  .configHash = configOf(workload, workload.status.currentRevision),
                                  .shard = workload.shard},
                                 sets)
      .hash;
}

/// Whether writing the source back gives that revision again: a ConfigMap that was part of it is not written back.
bool comesBack(const WorkloadView& workload, const RevisionView& revision) {
  api::RevisionSource source = *revision.source;
  source.shard = workload.shard;
  source.configHash = configOf(workload, workload.status.currentRevision);
  return api::revisionOf(source).fingerprint == revision.set.record.fingerprint;
}

}  // namespace

Result<int> run(const UndoOptions& options, const Session& session) {
  const Result<AppView> view = readView(session, options.name, options.shard, Pods::LeaveOut);
  if (!view) return fail(view.error());
  if (view->app.spec.targetRef) {
    return fail(ErrorCode::Invalid, "{} has a targetRef, so its revisions are not Tidewright's; undo {} {} instead",
                options.name, view->app.spec.targetRef->kind, view->app.spec.targetRef->name);
  }
  WorkloadView workload = view->workloads.front();
  workload.status.currentRevision = askedRevision(*view, workload);
  const Result<const RevisionView*> chosen = chooseRevision(workload, options.toRevision);
  if (!chosen) return fail(chosen.error().in("{}", options.name));
  const RevisionView& revision = **chosen;
  if (revision.set.revision == workload.status.currentRevision) {
    session.print(fmt::format("{} asks for revision {} already\n", options.name, revision.set.revision));
    return kDone;
  }
  if (!revision.source) {
    return fail(ErrorCode::NotFound,
                "revision {} of {} does not record what its user wrote (an older operator made it, or its template is "
                "longer than an annotation may be); write the template of your choice with: kubectl edit sapp {} -n {}",
                revision.set.revision, options.name, options.name, session.ns);
  }
  const Result<kube::Json> answer =
      session.client.jsonPatch(kScaledApps, {session.ns, options.name}, editOf(*view, *revision.source), session.stop);
  if (!answer && answer.error().code() == ErrorCode::Invalid) {
    const Result<kube::Json> again = readApp(session, options.name);
    const bool changed = again && again->at("metadata").value("generation", int64_t{0}) != view->app.generation;
    if (changed) {
      return fail(ErrorCode::Conflict, "somebody changed {} at the same moment; look at it and undo again",
                  options.name);
    }
  }
  if (!answer) return fail(explained(session, options.name, answer.error()));
  session.print(fmt::format("{} goes back to revision {} (number {})\n", options.name, revision.set.revision,
                            revision.set.record.number));
  if (!comesBack(workload, revision)) {
    session.print("Its ConfigMaps and Secrets are not undone: with them as they are now it becomes a new revision.\n");
  }
  if (view->app.spec.paused)
    session.print(fmt::format("{} is paused; it goes on with: kubectl-tide resume {}\n", options.name, options.name));
  return kDone;
}

}  // namespace tidewright::cli
