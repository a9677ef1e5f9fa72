#include "operator/decide/revision_source.h"

#include "operator/api/stored.h"
#include "operator/timestamp.h"

namespace tidewright::decide {
namespace {

/// Leaves room for everybody else's annotations below the API server's 256 KiB.
constexpr size_t kLongestSource = 192 * 1024;

}  // namespace

std::optional<std::string> sourceText(const api::RevisionSource& source) {
  nlohmann::json content = {{"template", source.podTemplate}};
  if (source.restartAt) content["restartAt"] = formatTimestamp(*source.restartAt);
  if (!source.configHash.empty()) content["config"] = source.configHash;
  std::string text = content.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > kLongestSource) return std::nullopt;
  return text;
}

std::optional<api::RevisionSource> sourceFrom(std::string_view text) {
  const nlohmann::json content = nlohmann::json::parse(text, nullptr, false);
  const api::Stored stored(content);
  if (!stored.at("template").is_object()) return std::nullopt;
  return api::RevisionSource{
      .podTemplate = stored.at("template"), .restartAt = stored.time("restartAt"), .configHash = stored.text("config")};
}

}  // namespace tidewright::decide
