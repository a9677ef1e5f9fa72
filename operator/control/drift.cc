#include "operator/control/drift.h"

#include <algorithm>

#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

using nlohmann::json;

bool hasHashOf(const kube::ObjectMeta& meta, const json& wanted) {
  const std::string key(decide::kAppliedAnnotation);
  const std::string* hash = kube::find(meta.annotations, key);
  return hash != nullptr && *hash == wanted.at("metadata").at("annotations").at(key).get<std::string>();
}

/// A number or a name, as text.
std::string text(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

bool samePort(const kube::ServicePort& port, const json& wanted) {
  const int32_t number = wanted.value("port", 0);
  return port.name == wanted.value("name", "") && port.protocol == wanted.value("protocol", "TCP") &&
         port.port == number &&
         port.targetPort == (wanted.contains("targetPort") ? text(wanted["targetPort"]) : std::to_string(number)) &&
         (!wanted.contains("nodePort") || port.nodePort == wanted["nodePort"]);
}

bool sameFields(const kube::Service& service, const json& spec) {
  const json& selector = spec.at("selector");
  const bool sameSelector =
      selector.size() == service.selector.size() && std::ranges::all_of(service.selector, [&](const auto& pair) {
        return selector.contains(pair.first) && selector[pair.first] == pair.second;
      });
  return sameSelector && service.type == spec.value("type", "ClusterIP") &&
         service.sessionAffinity == spec.value("sessionAffinity", "None") &&
         std::ranges::equal(service.ports, spec.at("ports"), samePort);
}

bool sameFields(const kube::PodDisruptionBudget& budget, const json& spec) {
  const auto field = [&spec](const char* name) { return spec.contains(name) ? text(spec[name]) : std::string(); };
  return budget.maxUnavailable == field("maxUnavailable") && budget.minAvailable == field("minAvailable");
}

template <class T>
Likeness compareChild(const T& child, const json& wanted) {
  if (!hasHashOf(child.meta, wanted)) return Likeness::Outdated;
  return sameFields(child, wanted.at("spec")) ? Likeness::Same : Likeness::Edited;
}

}  // namespace

Likeness compare(const kube::Service& service, const json& wanted) { return compareChild(service, wanted); }
Likeness compare(const kube::PodDisruptionBudget& budget, const json& wanted) { return compareChild(budget, wanted); }

json repairOf(const kube::Service& service, const json& wanted) {
  const json& spec = wanted.at("spec");
  json selector = spec.at("selector");
  for (const auto& [key, value] : service.selector) {
    if (!selector.contains(key)) selector[key] = nullptr;
  }
  return {{"metadata", {{"uid", service.meta.uid}}},
          {"spec",
           {{"type", spec.value("type", "ClusterIP")},
            {"sessionAffinity", spec.value("sessionAffinity", "None")},
            {"selector", selector},
            {"ports", spec.at("ports")}}}};
}

json repairOf(const kube::PodDisruptionBudget& budget, const json& wanted) {
  return {{"metadata", {{"uid", budget.meta.uid}}},
          {"spec", {{"maxUnavailable", wanted.at("spec").at("maxUnavailable")}, {"minAvailable", nullptr}}}};
}

}  // namespace tidewright::control
