#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "operator/api/query.h"
#include "operator/clock.h"

namespace tidewright::prometheus {

/// The part of a query that makes the HTTP request: without how its answer is read.
[[nodiscard]] api::Query requestOf(api::Query query);

/// When each request is due, without locks, threads or a clock of its own. A new request is due at once, then at its
/// own place in the interval, which follows from its text alone: ten thousand requests are spread over the interval,
/// also after a restart. A request in flight is not due; ticks that it misses are left out.
class PollSchedule {
 public:
  /// Adds the request or changes its interval, which is at least 1 s.
  void set(const api::Query& request, std::chrono::seconds interval, MonoTime now);
  void remove(const api::Query& request);

  /// What to ask now; end it with `finished`.
  [[nodiscard]] std::optional<api::Query> take(MonoTime now);
  void finished(const api::Query& request, MonoTime now);

  /// nullopt: nothing waits.
  [[nodiscard]] std::optional<MonoTime> nextDue() const;

 private:
  struct Entry {
    std::chrono::seconds interval{1};
    std::optional<MonoTime> due;  ///< None: in flight
  };
  void makeDue(const api::Query& request, Entry& entry, MonoTime due);

  std::map<api::Query, Entry> entries_;
  std::set<std::pair<MonoTime, const api::Query*>> due_;  ///< The keys live in entries_
};

}  // namespace tidewright::prometheus
