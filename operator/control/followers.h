#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operator/kube/object_key.h"

namespace tidewright::control {

/// Which apps depend on an object that is not theirs: a ConfigMap, a route. Thread-safe.
class Followers {
 public:
  /// `objects` of that cache instead of what the app followed there before.
  void follow(const kube::ObjectKey& app, std::string_view cache, const std::vector<kube::ObjectKey>& objects);
  [[nodiscard]] std::vector<kube::ObjectKey> of(std::string_view cache, const kube::ObjectKey& object) const;

 private:
  using Name = std::pair<std::string, kube::ObjectKey>;

  mutable std::mutex mutex_;
  std::map<Name, std::set<kube::ObjectKey>> byObject_;  ///< By cache and object: the apps
  std::map<Name, std::set<kube::ObjectKey>> byApp_;     ///< By cache and app: the objects
};

}  // namespace tidewright::control
