#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "operator/api/cron.h"
#include "operator/clock.h"

namespace date {
class time_zone;
}

namespace tidewright::api {

/// Other bounds between two times of the week or year. It is read off a clock on the wall of `timeZone`: active
/// iff that clock comes to `end` before it comes to `start`. So when the clock jumps over a start or an end, it
/// has passed; and when it shows an hour twice, what holds in that hour holds twice.
struct Schedule {
  std::string name;
  Cron start, end;
  std::string timeZone;                   ///< an IANA name
  const date::time_zone* zone = nullptr;  ///< `timeZone` in the process' tz database; never null once parsed
  std::optional<int32_t> replicas;        ///< raises the floor; metrics still win upward
  std::optional<int32_t> minReplicas;     ///< replaces the bound
  std::optional<int32_t> maxReplicas;     ///< replaces the bound

  [[nodiscard]] bool activeAt(WallTime now) const;
  bool operator==(const Schedule&) const = default;
};

}  // namespace tidewright::api
