#include "operator/control/app_object.h"

#include <utility>

namespace tidewright::control {
namespace {

using nlohmann::json;

/// Takes `name` out of `object`; null if it is not there.
json cutOut(json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (found == object.end()) return nullptr;
  json part = std::move(*found);
  object.erase(found);
  return part;
}

Squeezed squeezed(const json& pair) { return Squeezed(pair.dump(-1, ' ', false, json::error_handler_t::replace)); }

json taken(const Squeezed& from) { return from.empty() ? json{nullptr, nullptr} : json::parse(from.text()); }

json together(json whole, const char* name, json part) {
  if (!whole.is_object()) whole = json::object();
  if (!part.is_null()) whole[name] = std::move(part);
  return whole;
}

}  // namespace

void AppObject::set(json spec, json status) {
  json podTemplate = cutOut(spec, "template");
  json autoscaling = cutOut(status, "autoscaling");
  often_ = squeezed(json::array({std::move(spec), std::move(autoscaling)}));
  seldom_ = squeezed(json::array({std::move(podTemplate), std::move(status)}));
}

json AppObject::spec() const { return together(taken(often_)[0], "template", taken(seldom_)[0]); }
json AppObject::status() const { return together(taken(seldom_)[1], "autoscaling", taken(often_)[1]); }

AppObject::ForTick AppObject::forTick() const {
  json pair = taken(often_);
  return {.spec = std::move(pair[0]), .autoscaling = std::move(pair[1])};
}

kube::Parse<AppObject> appParser() {
  return [](std::string_view text) -> Result<AppObject> {
    // A prefix: that of a command that is taken begins alike.
    static const kube::Keep keep{.labelPrefixes = {}, .annotationPrefixes = {std::string(kCommandAnnotation)}};
    Result<json> object = kube::parseObject(text);
    if (!object) return fail(object.error());
    Result<kube::ObjectMeta> meta = kube::metaOf(*object, keep);
    if (!meta) return fail(meta.error());
    AppObject app;
    app.meta = *std::move(meta);
    app.set(cutOut(*object, "spec"), cutOut(*object, "status"));
    return app;
  };
}

}  // namespace tidewright::control
