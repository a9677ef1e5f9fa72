#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "operator/clock.h"

namespace tidewright::api {

/// What makes two sets of pods the same version: only what the user wrote, nothing that we add.
struct RevisionSource {
  nlohmann::json podTemplate;
  std::optional<WallTime> restartAt;
  std::string configHash;  ///< of the ConfigMaps and Secrets named, with `onConfigChange: Restart`; else empty
  std::string shard;       ///< empty without shards
};

/// Identifies a version.
struct Revision {
  std::string hash;         ///< 10 characters that are safe in a name and form no words; the `revision` label
  std::string fingerprint;  ///< 16 hexadecimal digits of an independent hash: tells a collision of `hash` apart
  std::string configHash;   ///< that of its source

  bool operator==(const Revision&) const = default;
};

/// `collisionCount` counts the names that were taken by another template; 0 at first. Two sources that differ only in
/// null values, empty objects, empty lists or the order of keys are the same. Pure: any thread.
/// Source: spec/api.md, "Children and labels".
[[nodiscard]] Revision revisionOf(const RevisionSource& source, int32_t collisionCount = 0);

/// FNV-1a, 64 bits. `basis` is where it starts from; another one gives an independent hash.
[[nodiscard]] uint64_t fnv1a(std::string_view bytes, uint64_t basis = 14695981039346656037ULL);
/// As many characters of Kubernetes' safe alphabet as asked for.
[[nodiscard]] std::string safeEncode(uint64_t value, size_t characters);

}  // namespace tidewright::api
