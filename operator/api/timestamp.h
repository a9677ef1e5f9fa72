#pragma once

#include <string>
#include <string_view>

#include "operator/clock.h"
#include "operator/result.h"

namespace tidewright::api {

/// RFC 3339 in UTC, whole seconds, as Kubernetes writes its times: "2026-01-31T08:00:00Z".
[[nodiscard]] std::string formatTimestamp(WallTime time);
/// The same to the microsecond, for what must keep its order: "2026-01-31T08:00:00.000001Z".
[[nodiscard]] std::string formatMicroTime(WallTime time);
/// RFC 3339 with any offset and fraction; Invalid with an example for anything else.
[[nodiscard]] Result<WallTime> parseTimestamp(std::string_view text);

}  // namespace tidewright::api
