#include "operator/prometheus/poll_schedule.h"

#include <algorithm>
#include <functional>

namespace tidewright::prometheus {
namespace {

/// The next time after `now` that is the request's own place in the interval.
MonoTime nextTick(const api::Query& request, std::chrono::nanoseconds interval, MonoTime now) {
  const std::size_t hash = std::hash<std::string>{}(request.serverAddress + '\n' + request.query);
  const std::chrono::nanoseconds place(static_cast<std::int64_t>(hash % static_cast<std::size_t>(interval.count())));
  const auto sincePlace = (now.time_since_epoch() - place) % interval;
  return now + interval - (sincePlace < sincePlace.zero() ? sincePlace + interval : sincePlace);
}

}  // namespace

api::Query requestOf(api::Query query) {
  const api::Query defaults;
  query.select = defaults.select;
  query.aggregate = defaults.aggregate;
  query.maxAge = defaults.maxAge;
  return query;
}

void PollSchedule::makeDue(const api::Query& request, Entry& entry, MonoTime due) {
  if (entry.due) due_.erase({*entry.due, &request});
  entry.due = due;
  due_.emplace(due, &request);
}

void PollSchedule::set(const api::Query& request, std::chrono::seconds interval, MonoTime now) {
  const auto [at, isNew] = entries_.try_emplace(request);
  auto& [key, entry] = *at;
  entry.interval = std::max(interval, std::chrono::seconds(1));
  if (isNew) {
    makeDue(key, entry, now);
  } else if (entry.due) {
    makeDue(key, entry, std::min(*entry.due, nextTick(key, entry.interval, now)));
  }
}

void PollSchedule::remove(const api::Query& request) {
  const auto at = entries_.find(request);
  if (at == entries_.end()) return;
  if (at->second.due) due_.erase({*at->second.due, &at->first});
  entries_.erase(at);
}

std::optional<api::Query> PollSchedule::take(MonoTime now) {
  if (due_.empty() || due_.begin()->first > now) return std::nullopt;
  const api::Query& request = *due_.begin()->second;
  due_.erase(due_.begin());
  entries_.at(request).due = std::nullopt;
  return request;
}

void PollSchedule::finished(const api::Query& request, MonoTime now) {
  const auto at = entries_.find(request);
  // Removed while it was in flight, and perhaps added again: then it has its time already.
  if (at == entries_.end() || at->second.due) return;
  makeDue(at->first, at->second, nextTick(at->first, at->second.interval, now));
}

std::optional<MonoTime> PollSchedule::nextDue() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

}  // namespace tidewright::prometheus
