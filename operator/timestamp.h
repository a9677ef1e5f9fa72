#pragma once

#include <string>
#include <string_view>

#include "operator/clock.h"
#include "operator/result.h"

namespace tidewright {

/// RFC 3339 as Kubernetes writes it: "2026-11-21T04:13:48Z", with up to nine decimals or an offset. Invalid otherwise.
[[nodiscard]] Result<WallTime> parseTimestamp(std::string_view text);

/// metav1.Time: whole seconds, cut off. "2026-11-21T04:13:48Z"
[[nodiscard]] std::string formatTimestamp(WallTime time);
/// metav1.MicroTime: always six decimals. "2026-11-21T04:13:48.000000Z"
[[nodiscard]] std::string formatMicroTime(WallTime time);

}  // namespace tidewright
