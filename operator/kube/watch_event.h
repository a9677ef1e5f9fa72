#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "operator/result.h"

namespace tidewright::kube {

enum class WatchEventType : std::uint8_t { Added, Modified, Deleted, Bookmark };

/// One line of a watch. `object` points into the line.
struct WatchEvent {
  WatchEventType type = WatchEventType::Added;
  std::string_view object;
};

/// Opens the envelope without parsing what is in it. An ERROR event comes back as the error it carries: Gone for 410,
/// which says to list again. Invalid if it is no event. Pure.
[[nodiscard]] Result<WatchEvent> parseWatchEvent(std::string_view line);

struct Bookmark {
  std::string resourceVersion;
  bool initialEventsEnd = false;  ///< All that existed has been sent (`sendInitialEvents`)
};
[[nodiscard]] Result<Bookmark> parseBookmark(std::string_view object);

}  // namespace tidewright::kube
