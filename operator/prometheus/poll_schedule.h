#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
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
/// also after a restart. A request in flight is not due; ticks that it misses are left out. Of one server no more than
/// `perServer` are in flight: the others wait for their turn and hold up no other server's.
class PollSchedule {
 public:
  explicit PollSchedule(int perServer = std::numeric_limits<int>::max()) : perServer_(perServer) {}

  /// Adds the request or changes its interval, which is at least 1 s.
  void set(const api::Query& request, std::chrono::seconds interval, MonoTime now);
  void remove(const api::Query& request);

  /// What to ask now, the longest due first; end it with `finished`, even if it was removed meanwhile.
  [[nodiscard]] std::optional<api::Query> take(MonoTime now);
  void finished(const api::Query& request, MonoTime now);

  /// When to look again if nothing finishes; may be in the past. nullopt: nothing waits but for a turn.
  [[nodiscard]] std::optional<MonoTime> nextDue() const;

 private:
  using Turn = std::pair<MonoTime, const api::Query*>;  ///< The keys live in entries_
  /// The requests to one server.
  struct Lane {
    std::set<Turn> due;
    int requests = 0;
    int inFlight = 0;
    std::optional<MonoTime> listedAt;  ///< Its place in lanesByTurn_; none: nothing is due, or it is full
  };
  struct Entry {
    std::chrono::seconds interval{1};
    std::optional<MonoTime> due;  ///< None: in flight
    Lane* lane = nullptr;
  };
  void makeDue(const api::Query& request, Entry& entry, std::optional<MonoTime> due);
  void list(Lane& lane);
  void dropIfUnused(const std::string& server);

  const int perServer_;
  std::map<api::Query, Entry> entries_;
  std::map<std::string, Lane> lanes_;  ///< By the server's address; a node stays where it is
  std::set<std::pair<MonoTime, Lane*>> lanesByTurn_;
};

}  // namespace tidewright::prometheus
