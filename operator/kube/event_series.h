#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "operator/clock.h"
#include "operator/kube/object_key.h"

namespace tidewright::kube {

/// The object that an event is about.
struct EventSubject {
  std::string apiVersion;
  std::string kind;
  ObjectKey key;
  std::string uid;
};

enum class EventType : std::uint8_t { Normal, Warning };

/// Something worth telling a person who looks at the object.
struct Event {
  EventSubject regarding;
  EventType type = EventType::Normal;
  std::string reason;  ///< In one word, for machines: "ScaledUp"
  std::string action;  ///< What was done or tried, in one word: "Scale"
  std::string note;    ///< A sentence; cut at 1024 bytes
};

/// A write that makes the API server know.
struct EventWrite {
  Event event;
  ObjectKey name;          ///< Of the Event object
  WallTime first;          ///< When it happened for the first time
  std::int32_t count = 1;  ///< 1: create the object. More: it exists, tell how often by now
  WallTime last;
};

struct EventLimits {
  /// A repetition after this long is a new event.
  std::chrono::seconds seriesEnds = std::chrono::minutes(6);
  /// How often a series that goes on is written.
  std::chrono::seconds seriesWrite{30};
  /// So many new events about one object at once ...
  int burst = 25;
  /// ... then one in so long.
  std::chrono::seconds refill{60};
};

/// Decides which events are written, and how: repetitions become one series, an object that chatters is cut short.
/// Pure but for its memory, which holds what happened within `seriesEnds`. Not thread-safe.
class EventSeries {
 public:
  explicit EventSeries(EventLimits limits = {}) : limits_(limits) {}

  /// The event happened at `now`: what is to be written at once, if anything.
  [[nodiscard]] std::optional<EventWrite> happened(const Event& event, WallTime now);
  /// The series whose counts are to be written now; with `all` those that would have time, too. Forgets what is over.
  [[nodiscard]] std::vector<EventWrite> due(WallTime now, bool all = false);
  /// The API server no longer has that Event: its next repetition is a new one.
  void forget(const Event& event);

 private:
  // Everything but the time.
  using Key = std::tuple<std::string, std::string, std::string, EventType, std::string, std::string, std::string>;
  struct Series {
    EventWrite known;
    WallTime writtenAt;
    bool changed = false;
  };
  struct Bucket {
    double tokens = 0;
    WallTime filledAt;
  };

  [[nodiscard]] static Key keyOf(const Event& event);
  [[nodiscard]] bool allowed(const EventSubject& subject, WallTime now);

  EventLimits limits_;
  std::map<Key, Series> series_;
  std::map<std::string, Bucket> buckets_;
  std::uint64_t sequence_ = 0;
};

}  // namespace tidewright::kube
