#include "operator/api/config_references.h"

#include <map>
#include <utility>

#include "operator/api/stored.h"

namespace tidewright::api {
namespace {

using Kind = ConfigReference::Kind;
using nlohmann::json;

class Found {
 public:
  void add(Kind kind, const json& reference, const char* nameField = "name") {
    const Stored stored(reference);
    const std::string name = stored.text(nameField);
    if (name.empty()) return;
    const bool optional = stored.at("optional") == true;
    const auto [known, isNew] = byName_.emplace(std::pair(kind, name), optional);
    if (!isNew) known->second = known->second && optional;
  }

  [[nodiscard]] std::vector<ConfigReference> all() const {
    std::vector<ConfigReference> out;
    for (const auto& [key, optional] : byName_) out.push_back({key.first, key.second, optional});
    return out;
  }

 private:
  std::map<std::pair<Kind, std::string>, bool> byName_;
};

/// Each item of the list `field`; none if it is no list.
template <class Visit>
void eachOf(const json& object, const char* field, Visit visit) {
  const json& list = Stored(object).at(field);
  if (!list.is_array()) return;
  for (const json& item : list) visit(item);
}

void addContainer(const json& container, Found& found) {
  eachOf(container, "envFrom", [&](const json& source) {
    found.add(Kind::ConfigMap, Stored(source).at("configMapRef"));
    found.add(Kind::Secret, Stored(source).at("secretRef"));
  });
  eachOf(container, "env", [&](const json& variable) {
    const json& from = Stored(variable).at("valueFrom");
    found.add(Kind::ConfigMap, Stored(from).at("configMapKeyRef"));
    found.add(Kind::Secret, Stored(from).at("secretKeyRef"));
  });
}

void addVolume(const json& volume, Found& found) {
  found.add(Kind::ConfigMap, Stored(volume).at("configMap"));
  found.add(Kind::Secret, Stored(volume).at("secret"), "secretName");
  eachOf(Stored(volume).at("projected"), "sources", [&](const json& source) {
    found.add(Kind::ConfigMap, Stored(source).at("configMap"));
    found.add(Kind::Secret, Stored(source).at("secret"));
  });
}

}  // namespace

std::string_view toString(Kind kind) { return kind == Kind::ConfigMap ? "ConfigMap" : "Secret"; }

std::vector<ConfigReference> configReferences(const json& podTemplate) {
  Found found;
  const json& pod = Stored(podTemplate).at("spec");
  for (const char* containers : {"initContainers", "containers"}) {
    eachOf(pod, containers, [&](const json& container) { addContainer(container, found); });
  }
  eachOf(pod, "volumes", [&](const json& volume) { addVolume(volume, found); });
  return found.all();
}

}  // namespace tidewright::api
