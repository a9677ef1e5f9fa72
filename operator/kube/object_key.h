#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <tuple>

namespace tidewright::kube {

/// Which object of a kind: the unit of work of a queue and the address in a store.
struct ObjectKey {
  std::string ns;  ///< Empty for what has no namespace
  std::string name;

  /// "default/web", or "web" without a namespace.
  [[nodiscard]] std::string toString() const { return ns.empty() ? name : ns + "/" + name; }
  static constexpr auto kFields = std::tuple(&ObjectKey::ns, &ObjectKey::name);
  auto operator<=>(const ObjectKey&) const = default;
};

struct ObjectKeyHash {
  [[nodiscard]] std::size_t operator()(const ObjectKey& key) const {
    const std::size_t ns = std::hash<std::string>{}(key.ns);
    return std::hash<std::string>{}(key.name) ^ (ns + 0x9e3779b97f4a7c15ULL + (ns << 6U) + (ns >> 2U));
  }
};

}  // namespace tidewright::kube
