#include "operator/kube/managed_fields.h"

namespace tidewright::kube {
namespace {

using nlohmann::json;

std::string textOf(const json& entry, const char* field) {
  const auto found = entry.find(field);
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool isOurs(const json& entry, const std::string& manager, const char* operation) {
  return textOf(entry, "manager") == manager && textOf(entry, "operation") == operation &&
         textOf(entry, "subresource").empty();
}

}  // namespace

std::optional<json> handOverToApply(const json& object, const std::string& manager) {
  static const json::json_pointer kWhere("/metadata/managedFields");
  static const json::json_pointer kVersion("/metadata/resourceVersion");
  if (!object.contains(kWhere) || !object.at(kWhere).is_array() || !object.contains(kVersion)) return std::nullopt;
  json kept = json::array();
  json mine;
  bool changed = false;
  for (const json& entry : object.at(kWhere)) {
    const bool updated = isOurs(entry, manager, "Update");
    if (!updated && !isOurs(entry, manager, "Apply")) {
      kept.push_back(entry);
      continue;
    }
    changed = changed || updated;
    if (mine.is_null()) {
      mine = entry;
    } else {
      // Sets of fields are nested objects; their union is the union of the keys.
      mine["fieldsV1"].update(entry.value("fieldsV1", json::object()), true);
    }
  }
  if (!changed) return std::nullopt;
  mine["operation"] = "Apply";
  kept.push_back(std::move(mine));
  return json::array({{{"op", "replace"}, {"path", kWhere.to_string()}, {"value", std::move(kept)}},
                      {{"op", "replace"}, {"path", kVersion.to_string()}, {"value", object.at(kVersion)}}});
}

}  // namespace tidewright::kube
