#include "operator/api/timestamp.h"

#include <sstream>

#include <date/date.h>

namespace tidewright::api {

std::string formatTimestamp(WallTime time) {
  return date::format("%FT%TZ", std::chrono::floor<std::chrono::seconds>(time));
}

std::string formatMicroTime(WallTime time) {
  return date::format("%FT%TZ", std::chrono::floor<std::chrono::microseconds>(time));
}

Result<WallTime> parseTimestamp(std::string_view text) {
  for (const char* format : {"%FT%TZ", "%FT%T%Ez"}) {
    std::istringstream in{std::string(text)};
    WallTime time;
    in >> date::parse(format, time);
    if (!in.fail() && in.peek() == std::istringstream::traits_type::eof()) return time;
  }
  return fail(ErrorCode::Invalid, "\"{}\" is not a time; write it like 2026-01-31T08:00:00Z", text);
}

}  // namespace tidewright::api
