#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "operator/clock.h"
#include "operator/kube/label_selector.h"
#include "operator/kube/object_key.h"

/// The objects a controller watches, reduced to what decisions need: some hundred bytes each, where the full JSON has
/// 5-20 KB. All are plain values; a field that the API leaves out has the default written here. `kFields`: see
/// operator/packed.h.
namespace tidewright::kube {

using StringPairs = std::vector<std::pair<std::string, std::string>>;

/// The value under `key`, or nullptr. The lists are short: a search from the front is the quickest.
[[nodiscard]] const std::string* find(const StringPairs& pairs, std::string_view key);

/// The one owner that has `controller: true`; an empty `uid` says that there is none.
struct Owner {
  std::string uid;
  std::string kind;
  std::string name;
  static constexpr auto kFields = std::tuple(&Owner::uid, &Owner::kind, &Owner::name);
  bool operator==(const Owner&) const = default;
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
  /// A store looks at the first five without unpacking the others.
  static constexpr auto kFields =
      std::tuple(&ObjectMeta::ns, &ObjectMeta::name, &ObjectMeta::resourceVersion, &ObjectMeta::uid, &ObjectMeta::owner,
                 &ObjectMeta::generation, &ObjectMeta::labels, &ObjectMeta::annotations, &ObjectMeta::creationTimestamp,
                 &ObjectMeta::deletionTimestamp);
  bool operator==(const ObjectMeta&) const = default;
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
  static constexpr auto kFields =
      std::tuple(&ContainerTrouble::name, &ContainerTrouble::init, &ContainerTrouble::restartCount,
                 &ContainerTrouble::waitingReason, &ContainerTrouble::waitingMessage, &ContainerTrouble::exitCode,
                 &ContainerTrouble::exitReason, &ContainerTrouble::exitMessage);
  bool operator==(const ContainerTrouble&) const = default;
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
  static constexpr auto kFields =
      std::tuple(&Pod::meta, &Pod::phase, &Pod::ready, &Pod::readySince, &Pod::restarts, &Pod::troubles, &Pod::reason,
                 &Pod::unschedulable, &Pod::nodeName, &Pod::podIP);
  bool operator==(const Pod&) const = default;
};

struct ReplicaSet {
  ObjectMeta meta;
  std::int32_t specReplicas = 1;
  std::int32_t replicas = 0;
  std::int32_t readyReplicas = 0;
  std::int32_t availableReplicas = 0;
  std::int64_t observedGeneration = 0;
  static constexpr auto kFields =
      std::tuple(&ReplicaSet::meta, &ReplicaSet::specReplicas, &ReplicaSet::replicas, &ReplicaSet::readyReplicas,
                 &ReplicaSet::availableReplicas, &ReplicaSet::observedGeneration);
  bool operator==(const ReplicaSet&) const = default;
};

struct ServicePort {
  std::string name;
  std::string protocol = "TCP";
  std::int32_t port = 0;
  std::string targetPort;  ///< A number or a name
  std::int32_t nodePort = 0;
  static constexpr auto kFields = std::tuple(&ServicePort::name, &ServicePort::protocol, &ServicePort::port,
                                             &ServicePort::targetPort, &ServicePort::nodePort);
  bool operator==(const ServicePort&) const = default;
};

struct Service {
  ObjectMeta meta;
  std::string type = "ClusterIP";
  std::string clusterIP;
  std::string sessionAffinity = "None";
  StringPairs selector;
  std::vector<ServicePort> ports;
  static constexpr auto kFields = std::tuple(&Service::meta, &Service::type, &Service::clusterIP,
                                             &Service::sessionAffinity, &Service::selector, &Service::ports);
  bool operator==(const Service&) const = default;
};

struct Endpoint {
  std::string podName;  ///< Empty if a person made the slice
  std::string podUid;
  std::string address;  ///< The first one: kube-proxy looks at no other
  bool ready = true;    ///< The API says of this and the next: not stated means true
  bool serving = true;
  bool terminating = false;
  static constexpr auto kFields = std::tuple(&Endpoint::podName, &Endpoint::podUid, &Endpoint::address,
                                             &Endpoint::ready, &Endpoint::serving, &Endpoint::terminating);
  bool operator==(const Endpoint&) const = default;
};

struct EndpointSlice {
  ObjectMeta meta;
  std::string serviceName;
  std::vector<Endpoint> endpoints;
  static constexpr auto kFields =
      std::tuple(&EndpointSlice::meta, &EndpointSlice::serviceName, &EndpointSlice::endpoints);
  bool operator==(const EndpointSlice&) const = default;
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
  static constexpr auto kFields = std::tuple(
      &PodDisruptionBudget::meta, &PodDisruptionBudget::selector, &PodDisruptionBudget::minAvailable,
      &PodDisruptionBudget::maxUnavailable, &PodDisruptionBudget::currentHealthy, &PodDisruptionBudget::desiredHealthy,
      &PodDisruptionBudget::disruptionsAllowed, &PodDisruptionBudget::observedGeneration);
  bool operator==(const PodDisruptionBudget&) const = default;
};

/// A ConfigMap or a Secret, of which only change matters: no content is kept.
struct DataObject {
  ObjectMeta meta;
  std::string dataHash;  ///< SHA-256 over the sorted data in hexadecimal; metadata does not count
  static constexpr auto kFields = std::tuple(&DataObject::meta, &DataObject::dataHash);
  bool operator==(const DataObject&) const = default;
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
