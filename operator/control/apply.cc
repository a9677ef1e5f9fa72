#include "operator/control/apply.h"

#include "operator/control/kinds.h"

namespace tidewright::control {
namespace {

std::string nameOf(const kube::Json& object) { return object.at("metadata").at("name").get<std::string>(); }

std::string versionOf(const kube::Json& object) {
  const auto version = object.find("metadata");
  return version == object.end() ? std::string() : version->value("resourceVersion", "");
}

/// "Deployment web", the controller among the owners.
std::string controllerOf(const kube::Json& object) {
  const kube::Json owners = object.at("metadata").value("ownerReferences", kube::Json::array());
  for (const kube::Json& owner : owners) {
    if (owner.value("controller", false)) return owner.value("kind", "") + " " + owner.value("name", "");
  }
  return "nobody";
}

bool isOwnedBy(const kube::Json& object, const std::string& uid) {
  const kube::Json owners = object.at("metadata").value("ownerReferences", kube::Json::array());
  return std::ranges::any_of(owners, [&](const kube::Json& owner) {
    return owner.value("controller", false) && owner.value("uid", "") == uid;
  });
}

/// An object of which the cache never shows that it is gone.
template <class T>
std::function<bool()> goneFrom(const kube::Store<T>& store, kube::ObjectKey key, std::string uid) {
  return [&store, key = std::move(key), uid = std::move(uid)] {
    const auto object = store.get(key);
    return !object || object->meta.uid != uid || object->meta.deletionTimestamp.has_value();
  };
}

}  // namespace

void Applier::noteWrite(const char* cache, const kube::Json& answer) {
  ++writes_;
  expectations_.wrote(app_, cacheName(cache), versionOf(answer));
}

Result<void> Applier::tryCreate(const kube::ResourceKind& kind, const kube::Json& object) {
  const Result<kube::Json> answer = client_.create(kind, app_.ns, object, stop_, {.dryRun = true});
  if (answer || answer.error().code() == ErrorCode::AlreadyExists) return {};
  return fail(answer.error());
}

Result<void> Applier::create(const kube::ResourceKind& kind, const char* cache, const kube::Json& object) {
  const Result<kube::Json> answer = client_.create(kind, app_.ns, object, stop_);
  if (!answer && answer.error().code() == ErrorCode::AlreadyExists) return adopt(kind, cache, nameOf(object));
  if (!answer) return fail(answer.error());
  noteWrite(cache, *answer);
  return {};
}

/// The only read of a reconcile: what stands in the way is not in our caches, which hold only what is ours.
Result<void> Applier::adopt(const kube::ResourceKind& kind, const char* cache, const std::string& name) {
  const Result<kube::Json> found = client_.get(kind, {app_.ns, name}, stop_);
  if (!found) return fail(found.error());
  if (isOwnedBy(*found, appUid_)) {
    expectations_.wrote(app_, cacheName(cache), versionOf(*found));
    return {};
  }
  taken_ = NameTaken{kind.kind + " " + name, controllerOf(*found)};
  return fail(ErrorCode::AlreadyExists, "{} {} belongs to {}", kind.kind, name, taken_->owner);
}

Result<void> Applier::apply(const kube::ResourceKind& kind, const char* cache, const kube::Json& object) {
  const kube::ObjectKey key{app_.ns, nameOf(object)};
  // What we created by POST is handed over first, or fields that we leave out would stay for ever.
  const Result<kube::Json> before = client_.get(kind, key, stop_);
  if (!before) return fail(before.error());
  if (!isOwnedBy(*before, appUid_)) {
    taken_ = NameTaken{kind.kind + " " + key.name, controllerOf(*before)};
    return fail(ErrorCode::AlreadyExists, "{} {} belongs to {}", kind.kind, key.name, taken_->owner);
  }
  if (const Result<kube::Json> owned = client_.ownByApply(kind, *before, stop_); !owned) return fail(owned.error());
  const Result<kube::Json> answer = client_.apply(kind, key, object, stop_);
  if (!answer) return fail(answer.error());
  noteWrite(cache, *answer);
  return {};
}

Result<void> Applier::patch(const kube::ResourceKind& kind, const char* cache, const std::string& name,
                            const kube::Json& patch) {
  const Result<kube::Json> answer = client_.mergePatch(kind, {app_.ns, name}, patch, stop_);
  if (!answer) return fail(answer.error());
  noteWrite(cache, *answer);
  return {};
}

Result<void> Applier::patchForeign(const kube::ResourceKind& kind, const char* cache, const Caches& watching,
                                   const kube::ObjectKey& key, const kube::Json& operations) {
  const Result<kube::Json> answer = client_.jsonPatch(kind, key, operations, stop_);
  if (!answer && (answer.error().code() == ErrorCode::Invalid || answer.error().code() == ErrorCode::NotFound)) {
    return fail(ErrorCode::Conflict, "{} {} has changed: {}", kind.kind, key.toString(), answer.error().message());
  }
  if (!answer) return fail(answer.error());
  ++writes_;
  expectations_.wrote(app_, watching.ns() + "/" + cache, versionOf(*answer));
  return {};
}

Result<void> Applier::resize(const decide::UpdateReplicaSet& update, const std::string& resourceVersion) {
  kube::Json patch{{"metadata", {{"resourceVersion", resourceVersion}}}};
  for (const auto& [name, value] : update.annotations) {
    patch["metadata"]["annotations"][name] = value ? kube::Json(*value) : kube::Json(nullptr);
  }
  if (update.replicas) patch["spec"]["replicas"] = *update.replicas;
  const Result<kube::Json> answer = client_.mergePatch(kReplicaSets, {app_.ns, update.name}, patch, stop_);
  if (!answer) return fail(answer.error());
  noteWrite(kReplicaSetCache, *answer);
  return {};
}

Result<void> Applier::remove(const kube::ResourceKind& kind, const char* cache, const std::string& name,
                             const std::string& uid) {
  const kube::ObjectKey key{app_.ns, name};
  const Result<void> removed = client_.remove(kind, key, {.uid = uid}, stop_);
  if (!removed && removed.error().code() == ErrorCode::NotFound) return {};
  if (!removed) return removed;
  ++writes_;
  std::function<bool()> gone;
  if (kind == kReplicaSets) gone = goneFrom(caches_.replicaSets, key, uid);
  if (kind == kServices) gone = goneFrom(caches_.services, key, uid);
  if (kind == kPodDisruptionBudgets) gone = goneFrom(caches_.budgets, key, uid);
  expectations_.deleted(app_, cacheName(cache), std::move(gone));
  return {};
}

}  // namespace tidewright::control
