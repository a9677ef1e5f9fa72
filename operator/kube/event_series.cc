#include "operator/kube/event_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace tidewright::kube {
namespace {

/// An object's name has at most 253 characters; the rest is for the time behind it.
constexpr std::size_t kMostOfName = 200;

double parts(WallTime::duration time, std::chrono::seconds of) {
  return std::chrono::duration<double>(time) / std::chrono::duration<double>(of);
}

std::string identify(const EventSubject& subject) {
  return subject.uid.empty() ? subject.kind + "/" + subject.key.toString() : subject.uid;
}

}  // namespace

EventSeries::Key EventSeries::keyOf(const Event& event) {
  return {identify(event.regarding),
          event.regarding.key.ns,
          event.regarding.key.name,
          event.type,
          event.reason,
          event.action,
          event.note};
}

bool EventSeries::allowed(const EventSubject& subject, WallTime now) {
  const auto full = static_cast<double>(limits_.burst);
  Bucket& bucket = buckets_.try_emplace(identify(subject), Bucket{full, now}).first->second;
  bucket.tokens = std::min(full, bucket.tokens + std::max(0.0, parts(now - bucket.filledAt, limits_.refill)));
  bucket.filledAt = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

std::optional<EventWrite> EventSeries::happened(const Event& event, WallTime now) {
  const Key key = keyOf(event);
  const auto known = series_.find(key);
  if (known != series_.end() && now - known->second.known.last < limits_.seriesEnds) {
    Series& series = known->second;
    ++series.known.count;
    series.known.last = now;
    series.changed = true;
    return std::nullopt;
  }
  if (!allowed(event.regarding, now)) return std::nullopt;
  const ObjectKey& about = event.regarding.key;
  // The time alone could repeat itself within a burst.
  const auto nanoseconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  EventWrite write{.event = event,
                   .name = {about.ns.empty() ? "default" : about.ns,
                            fmt::format("{}.{:x}.{:x}", about.name.substr(0, kMostOfName), nanoseconds, ++sequence_)},
                   .first = now,
                   .last = now};
  series_.insert_or_assign(key, Series{write, now});
  return write;
}

std::vector<EventWrite> EventSeries::due(WallTime now, bool all) {
  std::vector<EventWrite> writes;
  for (auto it = series_.begin(); it != series_.end();) {
    Series& series = it->second;
    const bool over = now - series.known.last >= limits_.seriesEnds;
    if (series.changed && (all || over || now - series.writtenAt >= limits_.seriesWrite)) {
      writes.push_back(series.known);
      series.changed = false;
      series.writtenAt = now;
    }
    it = over ? series_.erase(it) : std::next(it);
  }
  // A bucket that is full again says no more than none.
  std::erase_if(buckets_, [&](const auto& entry) {
    return entry.second.tokens + parts(now - entry.second.filledAt, limits_.refill) >= limits_.burst;
  });
  return writes;
}

void EventSeries::forget(const Event& event) { series_.erase(keyOf(event)); }

}  // namespace tidewright::kube
