#pragma once

#include <string>

#include "operator/api/scaled_app.h"

namespace tidewright::cli {

/// The first ScaledApp in a YAML or JSON file of any number of documents, as one would give it to kubectl apply.
/// Invalid names the file, and the field or the line.
[[nodiscard]] Result<api::ScaledApp> readManifest(const std::string& path);

}  // namespace tidewright::cli
