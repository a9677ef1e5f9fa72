#include "operator/api/schedule.h"

#include <date/tz.h>

namespace tidewright::api {

bool Schedule::activeAt(WallTime now) const {
  const date::local_seconds shown = zone->to_local(std::chrono::floor<std::chrono::seconds>(now));
  return end.next(shown) < start.next(shown);
}

}  // namespace tidewright::api
