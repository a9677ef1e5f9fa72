#include "operator/control/app_object.h"

#include <nlohmann/json.hpp>

namespace tidewright::control {

kube::Parse<AppObject> appParser() {
  return [](std::string_view json) -> Result<AppObject> {
    const kube::Keep keep{.labelPrefixes = {}, .annotationPrefixes = {std::string(kCommandAnnotation)}};
    Result<kube::ObjectMeta> meta = kube::parseMeta(json, keep);
    if (!meta) return fail(meta.error());
    const nlohmann::json object = nlohmann::json::parse(json, nullptr, false);
    const auto part = [&object](const char* name) {
      const auto found = object.find(name);
      return found == object.end() ? std::string("null") : found->dump();
    };
    return AppObject{.meta = *std::move(meta), .spec = part("spec"), .status = part("status")};
  };
}

}  // namespace tidewright::control
