#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "operator/control/caches.h"
#include "operator/decide/rollout.h"
#include "operator/kube/client.h"
#include "operator/kube/expectations.h"

namespace tidewright::control {

/// A child is there already and belongs to somebody else.
struct NameTaken {
  std::string child;  ///< "Service web"
  std::string owner;  ///< "Deployment web", or "somebody who is no controller"
};

/// Writes for one app, each noted so that the next decision waits until the caches have seen it. One thread each.
/// No write is repeated here: whatever fails is decided anew. Conflict: somebody else wrote first.
class Applier {
 public:
  /// `clusterSet` is where the caches of the app's namespace are called from: "NAMESPACE/services".
  Applier(const kube::Client& client, kube::Expectations& expectations, Caches& caches, kube::ObjectKey app,
          std::string appUid, std::stop_token stop)
      : client_(client),
        expectations_(expectations),
        caches_(caches),
        app_(std::move(app)),
        appUid_(std::move(appUid)),
        stop_(std::move(stop)) {}

  /// Asks the API server whether it would take the object. Invalid with its own sentence if not.
  [[nodiscard]] Result<void> tryCreate(const kube::ResourceKind& kind, const kube::Json& object);
  /// POST; one of that name that is ours is as good. `taken` says whose it is if it is not ours (the result is then
  /// AlreadyExists).
  [[nodiscard]] Result<void> create(const kube::ResourceKind& kind, const char* cache, const kube::Json& object);
  /// Server-side apply of a child of ours.
  [[nodiscard]] Result<void> apply(const kube::ResourceKind& kind, const char* cache, const kube::Json& object);
  /// A merge patch of a child of ours.
  [[nodiscard]] Result<void> patch(const kube::ResourceKind& kind, const char* cache, const std::string& name,
                                   const kube::Json& patch);
  /// A JSON patch of an object that is not ours, which `watching` sees. Conflict: a test in it does not hold.
  [[nodiscard]] Result<void> patchForeign(const kube::ResourceKind& kind, const char* cache, const Caches& watching,
                                          const kube::ObjectKey& key, const kube::Json& operations);
  /// Size and annotations, if it still is what was decided on.
  [[nodiscard]] Result<void> resize(const decide::UpdateReplicaSet& update, const std::string& resourceVersion);
  [[nodiscard]] Result<void> remove(const kube::ResourceKind& kind, const char* cache, const std::string& name,
                                    const std::string& uid);

  [[nodiscard]] const std::optional<NameTaken>& taken() const { return taken_; }
  /// How many writes reached the API server.
  [[nodiscard]] int writes() const { return writes_; }

 private:
  [[nodiscard]] Result<void> adopt(const kube::ResourceKind& kind, const char* cache, const std::string& name);
  void noteWrite(const char* cache, const kube::Json& answer);
  [[nodiscard]] std::string cacheName(const char* cache) const { return caches_.ns() + "/" + cache; }

  const kube::Client& client_;
  kube::Expectations& expectations_;
  Caches& caches_;
  const kube::ObjectKey app_;
  const std::string appUid_;
  const std::stop_token stop_;
  std::optional<NameTaken> taken_;
  int writes_ = 0;
};

}  // namespace tidewright::control
