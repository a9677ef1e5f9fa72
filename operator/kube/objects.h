#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operator/clock.h"
#include "operator/kube/label_selector.h"
#include "operator/kube/object_key.h"

/// The objects a controller watches, reduced to what decisions need: some hundred bytes each, where the full JSON has
/// 5-20 KB. All are plain values; a field that the API leaves out has the default written here.
namespace tidewright::kube {

using StringPairs = std::vector<std::pair<std::string, std::string>>;

/// The value under `key`, or nullptr. The lists are short: a search from the front is the quickest.
[[nodiscard]] const std::string* find(const StringPairs& pairs, std::string_view key);

/// The one owner that has `controller: true`; an empty `uid` says that there is none.
struct Owner {
  std::string uid;
  std::string kind;
  std::string name;
};

struct ObjectMeta {
  std::string ns;
  std::string name;
  std::string uid;
  std::string resourceVersion;
  std::int64_t generation = 0;
  StringPairs labels;       ///< Only those that `Keep` names
  StringPairs annotations;  ///< Only those that `Keep` names
  Owner owner;
  WallTime creationTimestamp;
  std::optional<WallTime> deletionTimestamp;  ///< Set: it is being deleted

  [[nodiscard]] ObjectKey key() const { return {ns, name}; }
};

enum class PodPhase : std::uint8_t { Pending, Running, Succeeded, Failed, Unknown };

/// A container that is not simply running: waiting, ended, or started again. Those that are fine leave no trace here.
struct ContainerTrouble {
  std::string name;
  bool init = false;
  std::int32_t restartCount = 0;
  std::string waitingReason;  ///< "CrashLoopBackOff", "ImagePullBackOff", ...; empty if it does not wait
  std::string waitingMessage;
  /// How it ended, or, if it waits or runs again, how it ended the last time.
  std::optional<std::int32_t> exitCode;
  std::string exitReason;  ///< "OOMKilled", "Error", "Completed", ...
  std::string exitMessage;
};

struct Pod {
  ObjectMeta meta;
  PodPhase phase = PodPhase::Unknown;
  bool ready = false;
  std::optional<WallTime> readySince;  ///< Only while it is ready
  std::int32_t restarts = 0;           ///< All containers together
  std::vector<ContainerTrouble> troubles;
  std::string reason;         ///< status.reason: "Evicted", ...
  std::string unschedulable;  ///< The scheduler's message while it finds no node
  std::string nodeName;
  std::string podIP;
};

struct ReplicaSet {
  ObjectMeta meta;
  std::int32_t specReplicas = 1;
  std::int32_t replicas = 0;
  std::int32_t readyReplicas = 0;
  std::int32_t availableReplicas = 0;
  std::int64_t observedGeneration = 0;
};

struct ServicePort {
  std::string name;
  std::string protocol = "TCP";
  std::int32_t port = 0;
  std::string targetPort;  ///< A number or a name
  std::int32_t nodePort = 0;
};

struct Service {
  ObjectMeta meta;
  std::string type = "ClusterIP";
  std::string clusterIP;
  std::string sessionAffinity = "None";
  StringPairs selector;
  std::vector<ServicePort> ports;
};

struct Endpoint {
  std::string podName;  ///< Empty if a person made the slice
  std::string podUid;
  std::string address;  ///< The first one: kube-proxy looks at no other
  bool ready = true;    ///< The API says of this and the next: not stated means true
  bool serving = true;
  bool terminating = false;
};

struct EndpointSlice {
  ObjectMeta meta;
  std::string serviceName;
  std::vector<Endpoint> endpoints;
};

struct PodDisruptionBudget {
  ObjectMeta meta;
  std::optional<LabelSelector> selector;  ///< None: it selects no pods
  std::string minAvailable;               ///< "2", "50%", or empty
  std::string maxUnavailable;             ///< the same
  std::int32_t currentHealthy = 0;
  std::int32_t desiredHealthy = 0;
  std::int32_t disruptionsAllowed = 0;
  std::int64_t observedGeneration = 0;
};

/// A ConfigMap or a Secret, of which only change matters: no content is kept.
struct DataObject {
  ObjectMeta meta;
  std::string dataHash;  ///< SHA-256 over the sorted data in hexadecimal; metadata does not count
};

/// coordination.k8s.io/v1
struct Lease {
  ObjectMeta meta;
  std::string holderIdentity;  ///< Empty: nobody holds it
  std::int32_t leaseDurationSeconds = 0;
  std::int32_t leaseTransitions = 0;
  std::optional<WallTime> acquireTime;
  std::optional<WallTime> renewTime;
};

}  // namespace tidewright::kube
