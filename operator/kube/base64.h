#pragma once

#include <string>
#include <string_view>

#include "operator/result.h"

namespace tidewright::kube {

/// Line breaks and spaces between are skipped; padding may be left out. Invalid otherwise; the error shows nothing of
/// the text.
[[nodiscard]] Result<std::string> decodeBase64(std::string_view text);
[[nodiscard]] std::string encodeBase64(std::string_view bytes);

}  // namespace tidewright::kube
