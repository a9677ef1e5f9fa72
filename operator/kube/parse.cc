#include "operator/kube/parse.h"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>
#include <openssl/evp.h>
#include <nlohmann/json.hpp>

#include "operator/kube/fields.h"
#include "operator/kube/raw_json.h"

namespace tidewright::kube {
namespace {

using fields::at;
using fields::boolean;
using fields::integer;
using fields::intOrString;
using fields::Json;
using fields::text;

StringPairs pairs(const Json& object) {
  StringPairs out;
  if (!object.is_object()) return out;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) out.emplace_back(key, value.get<std::string>());
  }
  return out;
}

StringPairs pairsWith(const Json& object, const std::vector<std::string>& prefixes) {
  StringPairs out;
  if (!object.is_object() || prefixes.empty()) return out;
  for (const auto& [key, value] : object.items()) {
    const auto starts = [&k = key](const std::string& prefix) { return k.starts_with(prefix); };
    if (value.is_string() && std::ranges::any_of(prefixes, starts)) out.emplace_back(key, value.get<std::string>());
  }
  out.shrink_to_fit();
  return out;
}

constexpr std::string_view kSpec = "\"spec\":{";

/// Without the field at `at`, whose name and the bracket that opens its value are `opening`.
std::string withoutField(std::string_view json, std::size_t at, std::string_view opening) {
  std::string_view behind = json.substr(at + opening.size() - 1);
  (void)raw::takeValue(behind);
  std::string rest;
  rest.reserve(at + behind.size());
  rest.append(json.substr(0, at)).append(behind);
  return rest;
}

/// Only where it stands before the spec, as every API server writes it: further on it might be somebody's own field.
std::string withoutManagedFields(std::string_view json) {
  constexpr std::string_view kField = ",\"managedFields\":[";
  const std::size_t at = json.find(kField);
  if (at == std::string_view::npos || json.find(kSpec) < at) return std::string(json);
  return withoutField(json, at, kField);
}

/// The pod template of a ReplicaSet is most of it, and nobody reads it here.
std::string withoutTemplate(std::string_view json) {
  constexpr std::string_view kField = ",\"template\":{";
  const std::size_t spec = json.find(kSpec);
  const std::size_t at = spec == std::string_view::npos ? spec : json.find(kField, spec);
  return at == std::string_view::npos ? std::string(json) : withoutField(json, at, kField);
}

/// Without metadata.managedFields, which nobody decides on and which may be most of it.
Result<Json> parseObject(std::string_view json) {
  Json object = Json::parse(withoutManagedFields(json), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return fail(ErrorCode::Invalid, "no JSON object: \"{}\"", json.substr(0, std::min<std::size_t>(json.size(), 80)));
  }
  return object;
}

Result<ObjectMeta> metaOf(const Json& object, const Keep& keep) {
  const Json& from = at(object, "metadata");
  ObjectMeta meta{.ns = text(at(from, "namespace")),
                  .name = text(at(from, "name")),
                  .uid = text(at(from, "uid")),
                  .resourceVersion = text(at(from, "resourceVersion")),
                  .generation = integer<std::int64_t>(at(from, "generation")),
                  .labels = pairsWith(at(from, "labels"), keep.labelPrefixes),
                  .annotations = pairsWith(at(from, "annotations"), keep.annotationPrefixes),
                  .creationTimestamp = fields::time(at(from, "creationTimestamp")).value_or(WallTime{}),
                  .deletionTimestamp = fields::time(at(from, "deletionTimestamp"))};
  if (meta.name.empty()) return fail(ErrorCode::Invalid, "the object has no metadata.name");
  for (const Json& owner : at(from, "ownerReferences")) {
    if (!boolean(at(owner, "controller"), false)) continue;
    meta.owner = {.uid = text(at(owner, "uid")), .kind = text(at(owner, "kind")), .name = text(at(owner, "name"))};
  }
  return meta;
}

/// Everything but the metadata, which is the same for all kinds.
template <class T>
using ReadRest = void (*)(const Json& object, T& into);

template <class T>
Parse<T> parser(Keep keep, ReadRest<T> readRest) {
  return [keep = std::move(keep), readRest](std::string_view json) -> Result<T> {
    const Result<Json> object = parseObject(json);
    if (!object) return fail(object.error());
    Result<ObjectMeta> meta = metaOf(*object, keep);
    if (!meta) return fail(meta.error());
    T out{.meta = *std::move(meta)};
    readRest(*object, out);
    return out;
  };
}

PodPhase phaseOf(std::string_view phase) {
  if (phase == "Pending") return PodPhase::Pending;
  if (phase == "Running") return PodPhase::Running;
  if (phase == "Succeeded") return PodPhase::Succeeded;
  if (phase == "Failed") return PodPhase::Failed;
  return PodPhase::Unknown;
}

void readContainers(const Json& statuses, bool init, Pod& pod) {
  for (const Json& status : statuses) {
    const Json& waiting = at(status, "state", "waiting");
    const Json& ended = at(status, "state", "terminated");
    const Json& exit = ended.is_object() ? ended : at(status, "lastState", "terminated");
    const auto restarts = integer<std::int32_t>(at(status, "restartCount"));
    pod.restarts += restarts;
    const bool finishedInit = init && ended.is_object() && integer<std::int32_t>(at(ended, "exitCode")) == 0;
    const bool plain = !waiting.is_object() && !exit.is_object() && restarts == 0;
    if (plain || finishedInit) continue;
    ContainerTrouble trouble{.name = text(at(status, "name")),
                             .init = init,
                             .restartCount = restarts,
                             .waitingReason = text(at(waiting, "reason")),
                             .waitingMessage = text(at(waiting, "message"))};
    if (exit.is_object()) {
      trouble.exitCode = integer<std::int32_t>(at(exit, "exitCode"));
      trouble.exitReason = text(at(exit, "reason"));
      trouble.exitMessage = text(at(exit, "message"));
    }
    pod.troubles.push_back(std::move(trouble));
  }
}

void readPod(const Json& object, Pod& pod) {
  const Json& status = at(object, "status");
  pod.phase = phaseOf(text(at(status, "phase")));
  pod.reason = text(at(status, "reason"));
  pod.nodeName = text(at(object, "spec", "nodeName"));
  pod.podIP = text(at(status, "podIP"));
  for (const Json& condition : at(status, "conditions")) {
    const std::string type = text(at(condition, "type"));
    const bool isTrue = text(at(condition, "status")) == "True";
    if (type == "Ready" && isTrue) {
      pod.ready = true;
      pod.readySince = fields::time(at(condition, "lastTransitionTime"));
    }
    if (type == "PodScheduled" && !isTrue && text(at(condition, "reason")) == "Unschedulable") {
      pod.unschedulable = text(at(condition, "message"), "Unschedulable");
    }
  }
  readContainers(at(status, "initContainerStatuses"), true, pod);
  readContainers(at(status, "containerStatuses"), false, pod);
}

void readReplicaSet(const Json& object, ReplicaSet& set) {
  const Json& status = at(object, "status");
  set.specReplicas = integer<std::int32_t>(at(object, "spec", "replicas"), 1);
  set.replicas = integer<std::int32_t>(at(status, "replicas"));
  set.readyReplicas = integer<std::int32_t>(at(status, "readyReplicas"));
  set.availableReplicas = integer<std::int32_t>(at(status, "availableReplicas"));
  set.observedGeneration = integer<std::int64_t>(at(status, "observedGeneration"));
}

void readService(const Json& object, Service& service) {
  const Json& spec = at(object, "spec");
  service.type = text(at(spec, "type"), "ClusterIP");
  service.clusterIP = text(at(spec, "clusterIP"));
  service.sessionAffinity = text(at(spec, "sessionAffinity"), "None");
  service.selector = pairs(at(spec, "selector"));
  for (const Json& port : at(spec, "ports")) {
    service.ports.push_back({.name = text(at(port, "name")),
                             .protocol = text(at(port, "protocol"), "TCP"),
                             .port = integer<std::int32_t>(at(port, "port")),
                             .targetPort = intOrString(at(port, "targetPort")),
                             .nodePort = integer<std::int32_t>(at(port, "nodePort"))});
  }
}

void readEndpointSlice(const Json& object, EndpointSlice& slice) {
  slice.serviceName = text(at(object, "metadata", "labels", "kubernetes.io/service-name"));
  for (const Json& endpoint : at(object, "endpoints")) {
    const Json& conditions = at(endpoint, "conditions");
    const Json& target = at(endpoint, "targetRef");
    const bool isPod = text(at(target, "kind")) == "Pod";
    const bool ready = boolean(at(conditions, "ready"), true);
    Endpoint out{.podName = isPod ? text(at(target, "name")) : "",
                 .podUid = isPod ? text(at(target, "uid")) : "",
                 .ready = ready,
                 .serving = boolean(at(conditions, "serving"), ready),
                 .terminating = boolean(at(conditions, "terminating"), false)};
    const Json& addresses = at(endpoint, "addresses");
    if (addresses.is_array() && !addresses.empty()) out.address = text(addresses.front());
    slice.endpoints.push_back(std::move(out));
  }
  slice.endpoints.shrink_to_fit();
}

void readPodDisruptionBudget(const Json& object, PodDisruptionBudget& budget) {
  const Json& status = at(object, "status");
  if (const Json& selector = at(object, "spec", "selector"); selector.is_object()) {
    budget.selector = parseLabelSelector(selector);
  }
  budget.minAvailable = intOrString(at(object, "spec", "minAvailable"));
  budget.maxUnavailable = intOrString(at(object, "spec", "maxUnavailable"));
  budget.currentHealthy = integer<std::int32_t>(at(status, "currentHealthy"));
  budget.desiredHealthy = integer<std::int32_t>(at(status, "desiredHealthy"));
  budget.disruptionsAllowed = integer<std::int32_t>(at(status, "disruptionsAllowed"));
  budget.observedGeneration = integer<std::int64_t>(at(status, "observedGeneration"));
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
}

void readDataObject(const Json& object, DataObject& data) {
  // Lengths go in front, so that moving a letter from a key to its value is a change.
  std::string all;
  for (const char* field : {"data", "binaryData"}) {
    for (const auto& [key, value] : pairs(at(object, field))) {
      all += fmt::format("{}:{}:{}:{}:{}\n", field, key.size(), value.size(), key, value);
    }
  }
  data.dataHash = sha256(all);
}

void readLease(const Json& object, Lease& lease) {
  const Json& spec = at(object, "spec");
  lease.holderIdentity = text(at(spec, "holderIdentity"));
  lease.leaseDurationSeconds = integer<std::int32_t>(at(spec, "leaseDurationSeconds"));
  lease.leaseTransitions = integer<std::int32_t>(at(spec, "leaseTransitions"));
  lease.acquireTime = fields::time(at(spec, "acquireTime"));
  lease.renewTime = fields::time(at(spec, "renewTime"));
}

}  // namespace

const std::string* find(const StringPairs& pairs, std::string_view key) {
  const auto found = std::ranges::find(pairs, key, &StringPairs::value_type::first);
  return found == pairs.end() ? nullptr : &found->second;
}

Result<ObjectMeta> parseMeta(std::string_view json, const Keep& keep) {
  const Result<Json> object = parseObject(json);
  if (!object) return fail(object.error());
  return metaOf(*object, keep);
}

Parse<Pod> podParser(Keep keep) { return parser<Pod>(std::move(keep), readPod); }
Parse<ReplicaSet> replicaSetParser(Keep keep) {
  return [parse = parser<ReplicaSet>(std::move(keep), readReplicaSet)](std::string_view json) {
    return parse(withoutTemplate(json));
  };
}
Parse<Service> serviceParser(Keep keep) { return parser<Service>(std::move(keep), readService); }
Parse<EndpointSlice> endpointSliceParser(Keep keep) {
  return parser<EndpointSlice>(std::move(keep), readEndpointSlice);
}
Parse<PodDisruptionBudget> podDisruptionBudgetParser(Keep keep) {
  return parser<PodDisruptionBudget>(std::move(keep), readPodDisruptionBudget);
}
Parse<DataObject> dataObjectParser(Keep keep) { return parser<DataObject>(std::move(keep), readDataObject); }
Parse<Lease> leaseParser(Keep keep) { return parser<Lease>(std::move(keep), readLease); }

}  // namespace tidewright::kube
