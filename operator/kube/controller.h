#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

#include "operator/clock.h"
#include "operator/kube/queue.h"
#include "operator/result.h"

namespace tidewright::kube {

/// When to look at a key again although nothing changed; never, unless said.
struct Requeue {
  std::optional<std::chrono::nanoseconds> after;
};

/// Brings one object closer to what it should be. Called from several threads, never for the same key at once.
/// An error is tried again later and later; Invalid is not tried again until the object changes.
/// What is asked for by a Requeue comes back as a Tick.
using Reconcile = std::function<Result<Requeue>(const ObjectKey& key, Cause cause, std::stop_token stop)>;

/// The outcomes are those of controller_runtime_reconcile_total's label `result`.
enum class ReconcileResult { Success, RequeueAfter, Error, TerminalError };
[[nodiscard]] std::string_view toString(ReconcileResult result);

/// Called from the workers, after each reconcile.
using ReconcileObserver = std::function<void(const ObjectKey& key, ReconcileResult result, const Error* error,
                                             std::chrono::nanoseconds took)>;

/// N workers between a queue and a Reconcile. The queue, the clock and what the functions use must outlive it.
class Controller {
 public:
  Controller(Queue& queue, const Clock& clock, Reconcile reconcile, ReconcileObserver observer = {});
  ~Controller() { stop(); }
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  void start(int workers);
  /// Takes nothing more, tells the running reconciles to stop and waits for them to return. What still waits in the
  /// queue is not lost: the next leader begins with a list of everything.
  void stop();

  /// One key if one is due, in the calling thread; false if none was. What the workers do, and the way to test.
  bool workOnce(std::stop_token stop = {});

 private:
  void work(const QueueState::Taken& taken, std::stop_token stop);

  Queue& queue_;
  const Clock& clock_;
  const Reconcile reconcile_;
  const ReconcileObserver observer_;
  std::vector<std::jthread> workers_;
};

}  // namespace tidewright::kube
