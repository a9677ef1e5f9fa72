#include "operator/control/app_object.h"

#include <utility>

#include <fmt/format.h>

#include "operator/kube/raw_json.h"

namespace tidewright::control {
namespace {

using nlohmann::json;

/// Two JSON values as one text.
Squeezed squeezed(std::string_view one, std::string_view other) {
  std::string pair;
  pair.reserve(one.size() + other.size() + 3);
  pair.append("[").append(one).append(",").append(other).append("]");
  return Squeezed(pair);
}

json taken(const Squeezed& from) { return from.empty() ? json{nullptr, nullptr} : json::parse(from.text()); }

json together(json whole, const char* name, json part) {
  if (!whole.is_object()) whole = json::object();
  if (!part.is_null()) whole[name] = std::move(part);
  return whole;
}

std::string textOf(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

void AppObject::set(const json& spec, const json& status) { setText(textOf(spec), textOf(status)); }

void AppObject::setText(std::string_view spec, std::string_view status) {
  const kube::raw::Cut specCut = kube::raw::cutOut(spec, "template");
  const kube::raw::Cut statusCut = kube::raw::cutOut(status, "autoscaling");
  often_ = squeezed(specCut.rest, statusCut.part);
  seldom_ = squeezed(specCut.part, statusCut.rest);
  const std::string_view target = kube::raw::cutOut(specCut.rest, "targetRef").part;
  targetRef_ = target == "null" ? "" : target;
}

AppObject::Whole AppObject::whole() const {
  json often = taken(often_), seldom = taken(seldom_);
  return {.spec = together(std::move(often[0]), "template", std::move(seldom[0])),
          .status = together(std::move(seldom[1]), "autoscaling", std::move(often[1]))};
}

json AppObject::targetRef() const { return targetRef_.empty() ? json() : json::parse(targetRef_); }

AppObject::ForTick AppObject::forTick() const {
  json pair = taken(often_);
  return {.spec = std::move(pair[0]), .autoscaling = std::move(pair[1])};
}

kube::Parse<AppObject> appParser() {
  return [](std::string_view text) -> Result<AppObject> {
    // A prefix: that of a command that is taken begins alike.
    static const kube::Keep keep{.labelPrefixes = {}, .annotationPrefixes = {std::string(kCommandAnnotation)}};
    const auto fields = kube::raw::fieldsOf(text);
    if (!fields) return fail(ErrorCode::Invalid, "no JSON object: \"{}\"", text.substr(0, 80));
    std::string_view metadata, spec, status;
    for (const auto& [name, value] : *fields) {
      if (name == "metadata") metadata = value;
      if (name == "spec") spec = value;
      if (name == "status") status = value;
    }
    Result<kube::ObjectMeta> meta =
        kube::parseMeta(fmt::format(R"({{"metadata":{}}})", kube::raw::cutOut(metadata, "managedFields").rest), keep);
    if (!meta) return fail(meta.error());
    AppObject app;
    app.meta = *std::move(meta);
    app.setText(spec, status);
    return app;
  };
}

}  // namespace tidewright::control
