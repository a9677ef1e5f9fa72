#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "operator/clock.h"
#include "operator/control/app_object.h"
#include "operator/control/followers.h"
#include "operator/control/http_route.h"
#include "operator/control/log.h"
#include "operator/control/scale_target.h"
#include "operator/kube/expectations.h"
#include "operator/kube/queue.h"
#include "operator/kube/reflector.h"
#include "operator/kube/resource_kind.h"
#include "operator/kube/store.h"

namespace tidewright::control {

/// The names of the caches, for read-your-own-writes, logs and metrics.
inline constexpr const char* kAppCache = "scaledapps";
inline constexpr const char* kReplicaSetCache = "replicasets";
inline constexpr const char* kServiceCache = "services";
inline constexpr const char* kBudgetCache = "poddisruptionbudgets";
inline constexpr const char* kPodCache = "pods";
inline constexpr const char* kEndpointCache = "endpointslices";
/// These are watched only once somebody needs them.
inline constexpr const char* kConfigMapCache = "configmaps";
inline constexpr const char* kSecretCache = "secrets";
inline constexpr const char* kRouteCache = "httproutes";
inline constexpr const char* kScalerCache = "horizontalpodautoscalers";

/// What is known of the cluster, or of one namespace of it: the apps, their children, their pods and what their
/// Services reach. A change of anything queues the app that it belongs to. `transport`, `clock`, `queue`,
/// `expectations` and `log` must outlive it.
class Caches {
 public:
  /// `ns`: empty for all namespaces.
  Caches(http::Transport& transport, const Clock& clock, std::string ns, kube::Queue& queue,
         kube::Expectations& expectations, const Log& log);
  /// Stops: the threads of the watches use what would end before they do.
  ~Caches();
  Caches(const Caches&) = delete;
  Caches& operator=(const Caches&) = delete;

  void start();
  void stop();
  /// All that must be known to decide on any app that is known; false if stopped before. The apps themselves are
  /// decided on as they are listed, which with ten thousand of them takes longest.
  [[nodiscard]] bool waitForChildren(std::stop_token stop) const;
  [[nodiscard]] bool synced() const;
  /// Not while the first list of the apps is on its way: then there may be more of them than are known.
  [[nodiscard]] bool hasAllApps() const;

  struct Age {
    std::string cache;
    std::chrono::nanoseconds lastHeard{};
  };
  [[nodiscard]] std::vector<Age> ages() const;
  void relist(std::string_view cache);
  /// Lists everything anew and waits for it: what is decided then is decided on what is true now. False if stopped.
  [[nodiscard]] bool refresh(const std::stop_token& stop);

  /// One of the caches that nobody may need: begins to watch it with the first call. Nothing: it has had a whole list.
  /// Else why it has not: Forbidden, NotFound if the API has no such kind, Unavailable while it is on its way. Any
  /// thread.
  [[nodiscard]] std::optional<Error> need(std::string_view cache);
  /// Until it has had a whole list; false if stopped before.
  [[nodiscard]] bool waitForList(std::string_view cache, const std::stop_token& stop) const;
  /// From now on changes of these objects wake the app, and of what it followed in that cache before no longer.
  void follow(const kube::ObjectKey& app, std::string_view cache, const std::vector<kube::ObjectKey>& objects);
  /// The app is gone: it follows nothing.
  void unfollow(const kube::ObjectKey& app);

  [[nodiscard]] const std::string& ns() const { return ns_; }

  kube::Store<AppObject> apps;  ///< Indexed by what their targetRef names, see scaleTarget
  kube::Store<kube::ReplicaSet> replicaSets;
  kube::Store<kube::Service> services;
  kube::Store<kube::PodDisruptionBudget> budgets;  ///< Indexed by namespace: those of others
  kube::Store<kube::Pod> pods;
  kube::Store<kube::EndpointSlice> slices;            ///< Indexed by "namespace/service"
  kube::Store<kube::DataObject> configMaps, secrets;  ///< Only hashes of what they hold
  kube::Store<HttpRoute> routes;
  kube::Store<Scaler> scalers;  ///< Indexed by what they scale

 private:
  struct Watch {
    std::string name;
    std::unique_ptr<kube::Feed> feed;
    std::unique_ptr<kube::Reflector> reflector;
    bool onDemand = false;
    bool begun = false;
    std::optional<Error> trouble;  ///< Why there is no list yet
  };

  void subscribe();
  template <class T>
  Watch& watch(const char* name, const kube::ResourceKind& kind, kube::ReflectorOptions options, kube::Store<T>& store,
               kube::Parse<T> parse);
  template <class T>
  void watchOnDemand(const char* name, const kube::ResourceKind& kind, std::string fieldSelector, kube::Store<T>& store,
                     kube::Parse<T> parse);
  void wakeRivals(const kube::Change<AppObject>& change);
  void wakeScaled(const std::string& target);
  void wakeFollowers(std::string_view cache, const kube::ObjectKey& object, bool fromList);
  [[nodiscard]] const Watch& find(std::string_view cache) const;

  http::Transport& transport_;

  const Clock& clock_;
  const std::string ns_;
  kube::Queue& queue_;
  kube::Expectations& expectations_;
  const Log& log_;
  std::list<Watch> watches_;
  std::atomic<bool> started_ = false;
  mutable std::mutex mutex_;  ///< Of `begun` and `trouble` of the watches on demand
  Followers followers_;
};

/// One set of caches for all namespaces, or one for each that the operator is to look after.
class Watches {
 public:
  Watches(http::Transport& transport, const Clock& clock, const std::vector<std::string>& namespaces,
          kube::Queue& queue, kube::Expectations& expectations, const Log& log);

  void start();
  void stop();
  [[nodiscard]] bool refresh(const std::stop_token& stop);
  /// See Caches.
  [[nodiscard]] bool waitForChildren(std::stop_token stop) const;
  [[nodiscard]] bool synced() const;
  /// The longest silence of any watch.
  [[nodiscard]] std::chrono::nanoseconds longestSilence() const;
  [[nodiscard]] Caches& of(const std::string& ns);
  /// The app is gone: it follows nothing in any of them.
  void unfollow(const kube::ObjectKey& app);
  /// Whether the operator looks after that namespace.
  [[nodiscard]] bool covers(const std::string& ns) const;
  [[nodiscard]] const std::list<Caches>& all() const { return caches_; }

 private:
  std::list<Caches> caches_;
};

}  // namespace tidewright::control
