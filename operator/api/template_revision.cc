#include "operator/api/template_revision.h"

#include <fmt/format.h>

#include "operator/timestamp.h"

namespace tidewright::api {
namespace {

/// Generators differ in whether they write an unset field as null, as empty or not at all. An empty text stays:
/// a label with the value "" is a label.
bool says(const nlohmann::json& value) { return !value.is_null() && !(value.is_structured() && value.empty()); }

nlohmann::json withoutEmpty(const nlohmann::json& value) {
  if (value.is_object()) {
    nlohmann::json kept = nlohmann::json::object();
    for (const auto& [key, item] : value.items()) {
      nlohmann::json inner = withoutEmpty(item);
      if (says(inner)) kept[key] = std::move(inner);
    }
    return kept;
  }
  if (value.is_array()) {
    nlohmann::json kept = nlohmann::json::array();
    for (const nlohmann::json& item : value) kept.push_back(withoutEmpty(item));
    return kept;
  }
  return value;
}

std::string canonical(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

uint64_t fnv1a(std::string_view bytes, uint64_t basis) {
  uint64_t hash = basis;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= 1099511628211ULL;
  }
  return hash;
}

std::string safeEncode(uint64_t value, size_t characters) {
  // Kubernetes' own: no vowels and nothing that looks like one, so that no word comes out by chance.
  constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string text;
  for (size_t i = 0; i < characters; ++i) {
    text += kAlphabet[value % kAlphabet.size()];
    value /= kAlphabet.size();
  }
  return text;
}

Revision revisionOf(const RevisionSource& source, int32_t collisionCount) {
  nlohmann::json content = {{"template", withoutEmpty(source.podTemplate)}};
  if (source.restartAt) content["restartAt"] = formatTimestamp(*source.restartAt);
  if (!source.configHash.empty()) content["config"] = source.configHash;
  if (!source.shard.empty()) content["shard"] = source.shard;
  const std::string text = canonical(content);
  // The fingerprint leaves the collision count out: it says which template it is, whatever the name became.
  const uint64_t fingerprint = fnv1a(text, fnv1a("tidewright fingerprint"));
  const uint64_t hash = collisionCount == 0 ? fnv1a(text) : fnv1a(fmt::format("{}#{}", text, collisionCount));
  return {.hash = safeEncode(hash, 10),
          .fingerprint = fmt::format("{:016x}", fingerprint),
          .configHash = source.configHash};
}

}  // namespace tidewright::api
