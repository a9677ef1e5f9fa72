#pragma once

#include <string>
#include <string_view>

#include "operator/kube/object_key.h"

namespace tidewright::kube {

/// A kind of object as the API's paths know it.
struct ResourceKind {
  std::string group;  ///< Empty for the core group
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = true;

  /// "apps/v1", "v1"
  [[nodiscard]] std::string apiVersion() const;
  /// "/apis/apps/v1/namespaces/default/replicasets"; with an empty namespace those of all namespaces.
  [[nodiscard]] std::string collectionPath(std::string_view ns) const;
  /// "/apis/apps/v1/namespaces/default/replicasets/web-1", then "/status" if there is a subresource.
  [[nodiscard]] std::string objectPath(const ObjectKey& key, std::string_view subresource = {}) const;
  bool operator==(const ResourceKind&) const = default;
};

/// "apps/v1" -> {"apps", "v1"}; "v1" -> {"", "v1"}.
[[nodiscard]] std::pair<std::string, std::string> splitApiVersion(std::string_view apiVersion);

}  // namespace tidewright::kube
