#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "operator/clock.h"
#include "operator/kube/object_key.h"

namespace tidewright::kube {

/// Read your own writes. After a write the cache is older than what we know; who decides from it would act twice.
/// So each write is noted here under the key on whose behalf it was made, and the next decision for that key waits
/// until the caches have seen it, or until the patience ends, after which the cache must be listed again.
///
/// A `cache` is any name for one reflector: "pods". Versions are the API's resourceVersion. The API calls them opaque;
/// within one resource type they are nevertheless decimal numbers that only grow, in every released API server (1.34
/// too), and Kubernetes 1.35 promises to keep it so. A version that is no number counts as seen once anything was.
/// Thread-safe.
class Expectations {
 public:
  explicit Expectations(const Clock& clock, std::chrono::nanoseconds patience = std::chrono::seconds(10))
      : clock_(clock), patience_(patience) {}

  /// We wrote an object that `cache` watches, and the server answered with this resourceVersion.
  void wrote(const ObjectKey& key, std::string_view cache, std::string_view resourceVersion);
  /// The server accepted a deletion: waits until `seen` says that the cache shows it, as no such object, one of another
  /// uid, or one with a deletionTimestamp. (A deletion has no version of its own to wait for.) `seen` is called from
  /// `check`.
  void deleted(const ObjectKey& key, std::string_view cache, std::function<bool()> seen);

  /// A cache has seen everything up to this version; for Reflector's onVersion. Returns the keys that waited for it:
  /// queue them.
  [[nodiscard]] std::vector<ObjectKey> seenVersion(std::string_view cache, std::string_view resourceVersion);
  /// The object behind the key is gone: nothing more is decided for it.
  void forget(const ObjectKey& key);

  struct Verdict {
    /// Nothing is missing: decide. Otherwise look again when told, or after `wait`.
    bool ready = true;
    std::chrono::nanoseconds wait{};
    /// The caches that are late beyond all patience: call `relist` on their reflectors. Each is named once a patience.
    std::vector<std::string> relist;
  };
  [[nodiscard]] Verdict check(const ObjectKey& key);

 private:
  struct Expected {
    std::string cache;
    std::uint64_t version = 0;
    std::function<bool()> seen;  ///< Set: a deletion
    MonoTime until;
    bool relisted = false;
  };
  struct Cache {
    std::uint64_t seen = 0;
    std::multimap<std::uint64_t, ObjectKey> waiting;
  };

  [[nodiscard]] std::vector<Expected> takeUnseenVersions(const ObjectKey& key);

  const Clock& clock_;
  const std::chrono::nanoseconds patience_;
  std::mutex mutex_;
  std::unordered_map<ObjectKey, std::vector<Expected>, ObjectKeyHash> expected_;
  std::map<std::string, Cache, std::less<>> caches_;
};

}  // namespace tidewright::kube
