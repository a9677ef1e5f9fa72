#include "operator/control/configuration.h"

#include <algorithm>

#include <fmt/format.h>

#include "operator/api/config_references.h"
#include "operator/api/template_revision.h"

namespace tidewright::control {
namespace {

using api::ConfigReference;

constexpr std::chrono::seconds kQuiet{5};
constexpr std::chrono::seconds kLongest{30};

struct Source {
  ConfigReference::Kind kind;
  const char* cache;
  const kube::Store<kube::DataObject>& objects;
};

Refusal mayNotRead(const Source& source, const Error& error) {
  const char* remedy = source.kind == ConfigReference::Kind::Secret
                           ? "install the chart with rbac.watchSecrets=true, or apply manifests/rbac/watch_secrets.yaml"
                           : "install the manifests or the chart of this version again";
  return {"Forbidden", fmt::format("spec.rollout.onConfigChange: Restart needs the right to list and watch {}: {} ({})",
                                   source.cache, remedy, error.message())};
}

}  // namespace

Configuration readConfiguration(const api::ScaledApp& app, Caches& caches) {
  const bool wanted = app.spec.rollout.onConfigChange == api::OnConfigChange::Restart;
  const std::vector<ConfigReference> references =
      wanted ? api::configReferences(app.spec.podTemplate) : std::vector<ConfigReference>{};
  Configuration out;
  std::string text;
  for (const Source& source : {Source{ConfigReference::Kind::ConfigMap, kConfigMapCache, caches.configMaps},
                               Source{ConfigReference::Kind::Secret, kSecretCache, caches.secrets}}) {
    std::vector<kube::ObjectKey> named;
    for (const ConfigReference& reference : references) {
      if (reference.kind == source.kind) named.push_back({app.ns, reference.name});
    }
    caches.follow({app.ns, app.name}, source.cache, named);
    if (named.empty()) continue;
    if (const std::optional<Error> lacking = caches.need(source.cache)) {
      out.known = false;
      if (lacking->code() == ErrorCode::Forbidden) out.refusal = mayNotRead(source, *lacking);
      continue;
    }
    for (const ConfigReference& reference : references) {
      if (reference.kind != source.kind) continue;
      const auto object = source.objects.get(app.ns, reference.name);
      if (!object && !reference.optional) {
        out.known = false;
        out.refusal = Refusal{"ConfigNotFound", fmt::format("{} {}, which spec.template names, does not exist: create "
                                                            "it, or mark it optional; until then nothing is rolled out",
                                                            api::toString(reference.kind), reference.name)};
        continue;
      }
      text += fmt::format("{}/{}={}\n", api::toString(reference.kind), reference.name,
                          object ? object->dataHash : "missing");
    }
  }
  if (out.known && !text.empty()) out.hash = api::safeEncode(api::fnv1a(text), 13);
  return out;
}

bool Settling::settled(const std::string& hash, WallTime now) {
  if (!acted_) acted_ = hash;
  if (hash == *acted_) {
    seen_ = hash;
    return true;
  }
  if (seen_ == *acted_) beganAt_ = now;
  if (seen_ != hash) {
    seen_ = hash;
    changedAt_ = now;
  }
  if (now < until()) return false;
  acted_ = hash;
  return true;
}

WallTime Settling::until() const { return std::min(changedAt_ + kQuiet, beganAt_ + kLongest); }

}  // namespace tidewright::control
