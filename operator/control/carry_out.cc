#include "operator/control/carry_out.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "operator/control/drift.h"
#include "operator/control/kinds.h"
#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

void logCreated(const Log& log, const api::ScaledApp& app, const decide::CreateReplicaSet& create) {
  log.info("created ReplicaSet",
           {{"app", app.ns + "/" + app.name}, {"revision", create.revision.hash}, {"replicas", create.replicas}});
}

bool isThere(const nlohmann::json& child, const Snapshot& snapshot) {
  const std::string name = child.at("metadata").at("name").get<std::string>();
  const auto same = [&child](const auto* there) {
    return there != nullptr && compare(*there, child) == Likeness::Same;
  };
  if (child.at("kind") == "Service") return same(snapshot.service(name));
  return child.at("kind") == "PodDisruptionBudget" && same(snapshot.budget(name));
}

/// Whose first action is to make the only new ReplicaSet, if that is the first write of the whole plan.
PlannedWorkload* openingWorkload(Plan& plan, const Snapshot& snapshot) {
  const auto isThereAlready = [&snapshot](const nlohmann::json& child) { return isThere(child, snapshot); };
  if (!std::ranges::all_of(plan.children, isThereAlready)) return nullptr;
  PlannedWorkload* opening = nullptr;
  int creates = 0;
  for (PlannedWorkload& workload : plan.workloads) {
    for (const decide::RolloutAction& action : workload.rollout.actions) {
      if (opening == nullptr) opening = &workload;
      if (std::holds_alternative<decide::CreateReplicaSet>(action)) ++creates;
    }
  }
  const bool opens = creates == 1 && std::holds_alternative<decide::CreateReplicaSet>(opening->rollout.actions.front());
  return opens ? opening : nullptr;
}

/// The writes of one plan.
class Writes {
 public:
  Writes(const api::ScaledApp& app, const Snapshot& snapshot, Applier& applier, Course& course, const Log& log)
      : app_(app), snapshot_(snapshot), applier_(applier), course_(course), log_(log), key_(app.ns + "/" + app.name) {}

  /// All of them are tried; refused ones are noted.
  Result<void> children(const Plan& plan) {
    for (const nlohmann::json& child : plan.children) {
      if (const Result<void> done = this->child(child); !done) {
        const std::optional<Refusal> refused = refusalOf(done.error());
        if (!refused) return done;
        if (!refusal_) refusal_ = refused;
        holdsRollout_ = holdsRollout_ || holdsRollout(child, *refused);
      }
    }
    return {};
  }

  Result<void> route(const Plan& plan, Watches& watches) {
    if (holdsRollout_ || !snapshot_.route.route) return {};
    const HttpRoute& route = *snapshot_.route.route;
    std::vector<WantedWeight> wanted;
    std::string text;
    for (const PlannedWorkload& workload : plan.workloads) {
      if (!workload.rollout.route) continue;
      const std::optional<int32_t> weight = workload.rollout.route->weight;
      wanted.push_back({routedServices(app_, workload.shard == nullptr ? "" : workload.shard->name), weight});
      text += fmt::format("{}={};", wanted.back().services.canary.name, weight ? std::to_string(*weight) : "yours");
    }
    const std::optional<nlohmann::json> patch = weightPatch(route, wanted);
    if (!patch) return {};
    if (text == course_.routeAsked) {
      course_.repairWanted = true;
      if (!course_.mayRepair) return {};
    }
    const kube::ObjectKey name = route.meta.key();
    const Result<void> done = applier_.patchForeign(kHttpRoutes, kRouteCache, watches.of(name.ns), name, *patch);
    if (!done) return done;
    course_.routeAsked = text;
    log_.info("weights set", {{"app", key_}, {"route", name.toString()}, {"weights", text}});
    return {};
  }

  Result<void> replicaSets(const Plan& plan) {
    if (holdsRollout_) return {};
    for (const PlannedWorkload& workload : plan.workloads) {
      for (const decide::RolloutAction& action : workload.rollout.actions) {
        const Result<void> done = std::visit([&](const auto& one) { return act(workload, one); }, action);
        if (!done) return done;
        ++course_.actions;
      }
    }
    course_.complete = true;
    return {};
  }

  Result<void> removeStrays(const Plan& plan) {
    std::set<std::pair<std::string, std::string>> wanted;
    for (const nlohmann::json& child : plan.children) {
      wanted.emplace(child.at("kind").get<std::string>(), child.at("metadata").at("name").get<std::string>());
    }
    const auto stray = [&wanted](const char* kind, const kube::ObjectMeta& meta) {
      return !meta.deletionTimestamp && !wanted.contains({kind, meta.name});
    };
    for (const auto& service : snapshot_.services) {
      if (!stray("Service", service->meta)) continue;
      const Result<void> done = applier_.remove(kServices, kServiceCache, service->meta.name, service->meta.uid);
      if (!done) return done;
    }
    for (const auto& budget : snapshot_.budgets) {
      if (!stray("PodDisruptionBudget", budget->meta)) continue;
      const Result<void> done =
          applier_.remove(kPodDisruptionBudgets, kBudgetCache, budget->meta.name, budget->meta.uid);
      if (!done) return done;
    }
    return {};
  }

  /// Only what asking again does not change.
  std::optional<Refusal> refusalOf(const Error& error) const {
    if (error.code() == ErrorCode::AlreadyExists && applier_.taken()) {
      return Refusal{"NameTaken", fmt::format("{} is there already and belongs to {}; delete it, or call the app "
                                              "something else",
                                              applier_.taken()->child, applier_.taken()->owner)};
    }
    if (isNamespaceEnding(error)) return std::nullopt;
    return control::refusalOf(error, course_.templateRefused ? "TemplateRefused" : "ChildRefused");
  }

  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  /// A Service that selects one revision, in the cluster or as it is wanted, would go on selecting pods that are about
  /// to go; and new pods could come to stand behind one of somebody else.
  bool holdsRollout(const nlohmann::json& child, const Refusal& refusal) const {
    if (child.at("kind") != "Service") return false;
    const std::string label(decide::kRevisionLabel);
    const kube::Service* there = snapshot_.service(child.at("metadata").at("name").get<std::string>());
    return refusal.reason == "NameTaken" || child.at("spec").at("selector").contains(label) ||
           (there != nullptr && kube::find(there->selector, label) != nullptr);
  }

  Result<void> child(const nlohmann::json& child) {
    const std::string name = child.at("metadata").at("name").get<std::string>();
    if (child.at("kind") == "Service") return write(kServices, kServiceCache, snapshot_.service(name), name, child);
    return write(kPodDisruptionBudgets, kBudgetCache, snapshot_.budget(name), name, child);
  }

  template <class T>
  Result<void> write(const kube::ResourceKind& kind, const char* cache, const T* there, const std::string& name,
                     const nlohmann::json& child) {
    if (there == nullptr) return made("created", kind, name, applier_.create(kind, cache, child));
    switch (compare(*there, child)) {
      case Likeness::Same: return {};
      case Likeness::Outdated: return made("applied", kind, name, applier_.apply(kind, cache, child));
      case Likeness::Edited: break;
    }
    course_.repairWanted = true;
    if (!course_.mayRepair) return {};
    return made("put right", kind, name, applier_.patch(kind, cache, name, repairOf(*there, child)));
  }

  Result<void> made(const char* what, const kube::ResourceKind& kind, const std::string& name, Result<void> done) {
    if (done) log_.info(what, {{"kind", kind.kind}, {"namespace", app_.ns}, {"name", name}});
    return done;
  }

  Result<void> act(const PlannedWorkload& workload, const decide::CreateReplicaSet& create) {
    const Result<void> done =
        applier_.create(kReplicaSets, kReplicaSetCache, decide::replicaSetManifest(app_, workload.shard, create));
    if (done) {
      logCreated(log_, app_, create);
    } else {
      course_.templateRefused =
          !isNamespaceEnding(done.error()) && control::refusalOf(done.error(), "TemplateRefused").has_value();
    }
    return done;
  }

  Result<void> act(const PlannedWorkload&, const decide::UpdateReplicaSet& update) {
    const SeenReplicaSet* seen = snapshot_.replicaSet(update.name);
    if (seen == nullptr) return fail(ErrorCode::Internal, "ReplicaSet {} was decided on and is not seen", update.name);
    const Result<void> done = applier_.resize(update, seen->resourceVersion);
    if (done && update.replicas) {
      log_.info("scaled ReplicaSet",
                {{"app", key_}, {"replicaSet", update.name}, {"from", update.from}, {"to", *update.replicas}});
    }
    return done;
  }

  Result<void> act(const PlannedWorkload&, const decide::DeleteReplicaSet& removal) {
    const SeenReplicaSet* seen = snapshot_.replicaSet(removal.name);
    if (seen == nullptr) return {};
    const Result<void> done = applier_.remove(kReplicaSets, kReplicaSetCache, removal.name, seen->uid);
    if (done) log_.info("deleted ReplicaSet", {{"app", key_}, {"replicaSet", removal.name}});
    return done;
  }

  const api::ScaledApp& app_;
  const Snapshot& snapshot_;
  Applier& applier_;
  Course& course_;
  const Log& log_;
  const std::string key_;
  std::optional<Refusal> refusal_;
  bool holdsRollout_ = false;
};

}  // namespace

Result<Trial> tryTemplates(const api::ScaledApp& app, Plan& plan, const Snapshot& snapshot, bool first,
                           Applier& applier, const Log& log) {
  PlannedWorkload* const opening = first ? openingWorkload(plan, snapshot) : nullptr;
  for (const PlannedWorkload& workload : plan.workloads) {
    for (const decide::RolloutAction& action : workload.rollout.actions) {
      const auto* create = std::get_if<decide::CreateReplicaSet>(&action);
      if (create == nullptr) continue;
      const nlohmann::json manifest = decide::replicaSetManifest(app, workload.shard, *create);
      const Result<void> tried = opening != nullptr ? applier.create(kReplicaSets, kReplicaSetCache, manifest)
                                                    : applier.tryCreate(kReplicaSets, manifest);
      if (tried && opening != nullptr) {
        logCreated(log, app, *create);
        opening->rollout.actions.erase(opening->rollout.actions.begin());
        return Trial{.made = 1};
      }
      // That the name is taken says nothing of the template; whoever carries the plan out says whose it is.
      if (tried || applier.taken()) continue;
      if (isNamespaceEnding(tried.error())) return fail(tried.error());
      const std::optional<Refusal> refusal = refusalOf(tried.error(), "TemplateRefused");
      if (!refusal) return fail(tried.error());
      return Trial{.refusal = refusal};
    }
  }
  return Trial{};
}

Result<std::optional<Refusal>> carryOut(const api::ScaledApp& app, const Plan& plan, const Snapshot& snapshot,
                                        Watches& watches, Applier& applier, Course& course, const Log& log) {
  Writes writes(app, snapshot, applier, course, log);
  Result<void> done = writes.children(plan);
  if (done) done = writes.route(plan, watches);
  if (done) done = writes.replicaSets(plan);
  if (done) done = writes.removeStrays(plan);
  if (done) return writes.refusal();
  if (const std::optional<Refusal> refusal = writes.refusalOf(done.error())) return refusal;
  return fail(done.error());
}

}  // namespace tidewright::control
