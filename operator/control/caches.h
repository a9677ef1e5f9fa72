#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/clock.h"
#include "operator/control/app_object.h"
#include "operator/control/log.h"
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

/// What is known of the cluster, or of one namespace of it: the apps, their children, their pods and what their
/// Services reach. A change of anything queues the app that it belongs to. `transport`, `clock`, `queue`,
/// `expectations` and `log` must outlive it.
class Caches {
 public:
  /// `ns`: empty for all namespaces.
  Caches(http::Transport& transport, const Clock& clock, std::string ns, kube::Queue& queue,
         kube::Expectations& expectations, const Log& log);
  Caches(const Caches&) = delete;
  Caches& operator=(const Caches&) = delete;

  void start();
  void stop();
  /// False if stopped before all have had a list.
  [[nodiscard]] bool waitForSync(std::stop_token stop) const;
  [[nodiscard]] bool synced() const;

  struct Age {
    std::string cache;
    std::chrono::nanoseconds lastHeard{};
  };
  [[nodiscard]] std::vector<Age> ages() const;
  void relist(std::string_view cache);
  /// Lists everything anew and waits for it: what is decided then is decided on what is true now. False if stopped.
  [[nodiscard]] bool refresh(const std::stop_token& stop);

  [[nodiscard]] const std::string& ns() const { return ns_; }

  kube::Store<AppObject> apps;
  kube::Store<kube::ReplicaSet> replicaSets;
  kube::Store<kube::Service> services;
  kube::Store<kube::PodDisruptionBudget> budgets;  ///< Indexed by namespace: those of others
  kube::Store<kube::Pod> pods;
  kube::Store<kube::EndpointSlice> slices;  ///< Indexed by "namespace/service"

 private:
  struct Watch {
    std::string name;
    std::unique_ptr<kube::Feed> feed;
    std::unique_ptr<kube::Reflector> reflector;
  };

  void subscribe();
  template <class T>
  void watch(const char* name, const kube::ResourceKind& kind, std::string selector, kube::Store<T>& store,
             kube::Parse<T> parse, http::Transport& transport);

  const Clock& clock_;
  const std::string ns_;
  kube::Queue& queue_;
  kube::Expectations& expectations_;
  const Log& log_;
  std::list<Watch> watches_;
};

/// One set of caches for all namespaces, or one for each that the operator is to look after.
class Watches {
 public:
  Watches(http::Transport& transport, const Clock& clock, const std::vector<std::string>& namespaces,
          kube::Queue& queue, kube::Expectations& expectations, const Log& log);

  void start();
  void stop();
  [[nodiscard]] bool refresh(const std::stop_token& stop);
  [[nodiscard]] bool waitForSync(std::stop_token stop) const;
  [[nodiscard]] bool synced() const;
  /// The longest silence of any watch.
  [[nodiscard]] std::chrono::nanoseconds longestSilence() const;
  [[nodiscard]] Caches& of(const std::string& ns);
  [[nodiscard]] const std::list<Caches>& all() const { return caches_; }

 private:
  std::list<Caches> caches_;
};

}  // namespace tidewright::control
