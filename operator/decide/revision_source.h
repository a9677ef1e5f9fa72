#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "operator/api/template_revision.h"

namespace tidewright::decide {

/// What the user wrote, on the ReplicaSet that was made of it. The ReplicaSet's own template does not say it: we add to
/// it and the API server fills in defaults, either of which would make another revision if it were written back to the
/// spec. The prefix is not that of our other annotations, which the operator keeps in memory: only an undo needs this.
inline constexpr std::string_view kSourceAnnotation = "undo.tidewright.dev/source";

/// The annotation's value: JSON of the template, restartAt and the configuration's hash. Nothing if it would be too
/// long for an annotation, of which an object may have 256 KiB; such a revision cannot be gone back to by `undo`. Pure:
/// any thread.
[[nodiscard]] std::optional<std::string> sourceText(const api::RevisionSource& source);
/// Never fails: nothing for what is absent or not what `sourceText` writes. `shard` stays empty.
[[nodiscard]] std::optional<api::RevisionSource> sourceFrom(std::string_view text);

}  // namespace tidewright::decide
