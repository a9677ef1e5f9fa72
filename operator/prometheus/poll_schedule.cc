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

void PollSchedule::makeDue(const api::Query& request, Entry& entry, std::optional<MonoTime> due) {
  if (entry.due) entry.lane->due.erase({*entry.due, &request});
  entry.due = due;
  if (due) entry.lane->due.emplace(*due, &request);
  list(*entry.lane);
}

void PollSchedule::list(Lane& lane) {
  if (lane.listedAt) lanesByTurn_.erase({*lane.listedAt, &lane});
  lane.listedAt.reset();
  if (lane.due.empty() || lane.inFlight >= perServer_) return;
  lane.listedAt = lane.due.begin()->first;
  lanesByTurn_.emplace(*lane.listedAt, &lane);
}

void PollSchedule::dropIfUnused(const std::string& server) {
  const auto at = lanes_.find(server);
  if (at->second.requests == 0 && at->second.inFlight == 0) lanes_.erase(at);
}

void PollSchedule::set(const api::Query& request, std::chrono::seconds interval, MonoTime now) {
  const auto [at, isNew] = entries_.try_emplace(request);
  auto& [key, entry] = *at;
  entry.interval = std::max(interval, std::chrono::seconds(1));
  if (isNew) {
    entry.lane = &lanes_[request.serverAddress];
    ++entry.lane->requests;
    makeDue(key, entry, now);
  } else if (entry.due) {
    makeDue(key, entry, std::min(*entry.due, nextTick(key, entry.interval, now)));
  }
}

void PollSchedule::remove(const api::Query& request) {
  const auto at = entries_.find(request);
  if (at == entries_.end()) return;
  makeDue(at->first, at->second, std::nullopt);
  --at->second.lane->requests;
  entries_.erase(at);
  dropIfUnused(request.serverAddress);
}

std::optional<api::Query> PollSchedule::take(MonoTime now) {
  if (lanesByTurn_.empty() || lanesByTurn_.begin()->first > now) return std::nullopt;
  Lane& lane = *lanesByTurn_.begin()->second;
  const api::Query& request = *lane.due.begin()->second;
  ++lane.inFlight;
  makeDue(request, entries_.at(request), std::nullopt);
  return request;
}

void PollSchedule::finished(const api::Query& request, MonoTime now) {
  Lane& lane = lanes_.at(request.serverAddress);
  --lane.inFlight;
  list(lane);
  const auto at = entries_.find(request);
  // Removed while it was in flight, and perhaps added again: then it has its time already.
  if (at == entries_.end() || at->second.due) return dropIfUnused(request.serverAddress);
  makeDue(at->first, at->second, nextTick(at->first, at->second.interval, now));
}

std::optional<MonoTime> PollSchedule::nextDue() const {
  return lanesByTurn_.empty() ? std::nullopt : std::optional(lanesByTurn_.begin()->first);
}

}  // namespace tidewright::prometheus
