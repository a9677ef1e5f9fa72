#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "operator/kube/client.h"
#include "operator/kube/event_series.h"
#include "operator/pace.h"

namespace tidewright::kube {

struct EventOptions {
  std::string reportingController;  ///< "tidewright.dev/operator"
  std::string reportingInstance;    ///< The pod's name
  EventLimits limits;
  /// Told, in the recorder's thread, of each event that could not be written. Events are for people: nothing else
  /// depends on them.
  std::function<void(const Error&)> onError;
  /// Events a second, and at once after a rest: a thousand changes at the same time are to be made before they are
  /// told.
  double aSecond = 20, atOnce = 50;
  /// How long the end waits for what is still to be written.
  std::chrono::milliseconds farewell{5'000};
};

/// Writes events.k8s.io/v1 Events from a thread of its own, warnings first. `record` never waits for the API server:
/// beyond 5000 waiting events the newest are dropped, warnings last. What waits when the process is killed is lost, for
/// Events are told after the deed. Thread-safe.
class EventRecorder {
 public:
  /// `client` and `clock` must outlive it.
  EventRecorder(const Client& client, EventOptions options, const Clock& clock);
  /// Writes what waits, for `farewell` at most.
  ~EventRecorder();

  void record(Event event);
  /// Events dropped so far because too many waited.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Happened {
    Event event;
    WallTime at;
  };

  void work(const std::stop_token& stop);
  /// Until one more may be written; at the end that is at once.
  void awaitTurn();
  void write(const EventWrite& write, const std::stop_token& stop);

  const Client& client_;
  const EventOptions options_;
  const Clock& clock_;
  EventSeries series_;  ///< The worker's own
  Pace pace_;           ///< The same
  std::atomic<std::uint64_t> dropped_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Happened> waiting_;
  bool closing_ = false;
  bool finished_ = false;
  std::jthread worker_;
};

/// The Event as events.k8s.io/v1 has it. Pure.
[[nodiscard]] Json toJson(const EventWrite& write, const EventOptions& options);

}  // namespace tidewright::kube
