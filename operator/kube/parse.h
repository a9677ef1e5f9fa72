#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/kube/objects.h"
#include "operator/result.h"

namespace tidewright::kube {

/// One object's JSON into what we keep of it. Invalid if it is no JSON object or has no metadata.name. A field of an
/// unexpected type counts as left out: the API server has checked the types, and a newer one may know more.
template <class T>
using Parse = std::function<Result<T>(std::string_view json)>;

/// Which labels and annotations are worth their memory. A prefix "" keeps all of them.
struct Keep {
  std::vector<std::string> labelPrefixes;
  std::vector<std::string> annotationPrefixes;
};

/// What all kinds share.
[[nodiscard]] Result<ObjectMeta> parseMeta(std::string_view json, const Keep& keep = {});

/// The parsers hold a copy of `keep`. Pure: any thread.
[[nodiscard]] Parse<Pod> podParser(Keep keep = {});
[[nodiscard]] Parse<ReplicaSet> replicaSetParser(Keep keep = {});
[[nodiscard]] Parse<Service> serviceParser(Keep keep = {});
[[nodiscard]] Parse<EndpointSlice> endpointSliceParser(Keep keep = {});
[[nodiscard]] Parse<PodDisruptionBudget> podDisruptionBudgetParser(Keep keep = {});
/// ConfigMaps and Secrets alike.
[[nodiscard]] Parse<DataObject> dataObjectParser(Keep keep = {});
[[nodiscard]] Parse<Lease> leaseParser(Keep keep = {});

}  // namespace tidewright::kube
