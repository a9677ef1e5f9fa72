#include "cli/manifest.h"

#include <yaml-cpp/yaml.h>

namespace tidewright::cli {
namespace {

using nlohmann::json;

/// A plain scalar is what YAML takes it for; one in quotes is text.
json scalarOf(const YAML::Node& node) {
  constexpr const char* kQuoted = "!";
  const std::string text = node.Scalar();
  if (node.Tag() == kQuoted) return text;
  bool truth = false;
  int64_t whole = 0;
  double number = 0;
  if (YAML::convert<bool>::decode(node, truth)) return truth;
  if (YAML::convert<int64_t>::decode(node, whole)) return whole;
  if (YAML::convert<double>::decode(node, number)) return number;
  return text;
}

json jsonOf(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar: return scalarOf(node);
    case YAML::NodeType::Sequence: {
      json list = json::array();
      for (const YAML::Node& item : node) list.push_back(jsonOf(item));
      return list;
    }
    case YAML::NodeType::Map: {
      json object = json::object();
      for (const auto& entry : node) object[entry.first.Scalar()] = jsonOf(entry.second);
      return object;
    }
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined: return nullptr;
  }
  return nullptr;
}

}  // namespace

Result<api::ScaledApp> readManifest(const std::string& path) {
  std::vector<YAML::Node> documents;
  try {
    documents = YAML::LoadAllFromFile(path);
    for (const YAML::Node& document : documents) {
      if (!document.IsMap() || !document["kind"] || document["kind"].Scalar() != api::kKind) continue;
      Result<api::ScaledApp> app = api::parseScaledApp(jsonOf(document));
      if (!app) return fail(app.error().in("{}", path));
      return app;
    }
  } catch (const YAML::BadFile&) {
    return fail(ErrorCode::NotFound, "{} cannot be read; give a file with a ScaledApp", path);
  } catch (const YAML::Exception& wrong) {
    return fail(ErrorCode::Invalid, "{}: {}", path, wrong.what());
  }
  return fail(ErrorCode::Invalid, "{} holds no ScaledApp", path);
}

}  // namespace tidewright::cli
