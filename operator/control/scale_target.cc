#include "operator/control/scale_target.h"

#include <tuple>

#include <fmt/format.h>

#include "operator/control/caches.h"
#include "operator/kube/fields.h"
#include "operator/kube/resource_kind.h"

namespace tidewright::control {
namespace {

using kube::fields::at;
using kube::fields::text;
using nlohmann::json;

std::string targetIn(const std::string& ns, const json& reference) {
  if (!reference.is_object()) return {};
  return scaleTarget(ns, text(at(reference, "apiVersion")), text(at(reference, "kind")), text(at(reference, "name")));
}

bool writes(const AppObject& app) {
  const json spec = app.forTick().spec;
  return text(at(spec, "autoscaling", "mode")) != "DryRun";
}

Owners scalerAmong(Caches& caches, const std::string& target) {
  Owners owners;
  if (std::optional<Error> lacking = caches.need(kScalerCache)) {
    owners.pending = lacking->code() != ErrorCode::Forbidden && lacking->code() != ErrorCode::NotFound;
    owners.unread = std::move(lacking);
    return owners;
  }
  for (const auto& scaler : caches.scalers.indexed(target)) {
    if (scaler->meta.deletionTimestamp) continue;
    owners.other = "HorizontalPodAutoscaler " + scaler->meta.name;
    break;
  }
  return owners;
}

}  // namespace

std::string scaleTarget(const std::string& ns, const std::string& apiVersion, const std::string& kind,
                        const std::string& name) {
  return fmt::format("{}/{}/{}/{}", ns, kube::splitApiVersion(apiVersion).first, kind, name);
}

std::string scaleTargetOf(const AppObject& app) { return targetIn(app.meta.ns, app.targetRef()); }

kube::Parse<Scaler> scalerParser() {
  return [](std::string_view object) -> Result<Scaler> {
    Result<kube::ObjectMeta> meta = kube::parseMeta(object);
    if (!meta) return fail(meta.error());
    const json parsed = json::parse(object, nullptr, /*allow_exceptions=*/false);
    std::string target = targetIn(meta->ns, at(parsed, "spec", "scaleTargetRef"));
    return Scaler{*std::move(meta), std::move(target)};
  };
}

Owners betterOwner(const api::ScaledApp& app, const AppObject& object, Caches& caches) {
  if (app.spec.autoscaling && app.spec.autoscaling->mode == api::ScalingMode::DryRun) return {};
  if (!caches.hasAllApps()) return {.pending = true};
  const std::string target = scaleTargetOf(object);
  const auto age = [](const AppObject& one) { return std::tie(one.meta.creationTimestamp, one.meta.name); };
  for (const auto& other : caches.apps.indexed(target)) {
    if (other->meta.uid == object.meta.uid || other->meta.deletionTimestamp || age(object) < age(*other)) continue;
    if (writes(*other)) return {.other = "ScaledApp " + other->meta.name};
  }
  return scalerAmong(caches, target);
}

Owners scalerOf(const api::ScaledApp& app, Caches& caches) {
  if (!app.spec.autoscaling) return {};
  return scalerAmong(caches, scaleTarget(app.ns, std::string(api::kApiVersion), std::string(api::kKind), app.name));
}

}  // namespace tidewright::control
