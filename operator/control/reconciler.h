#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "operator/clock.h"
#include "operator/control/apply.h"
#include "operator/control/caches.h"
#include "operator/control/log.h"
#include "operator/control/metric_feed.h"
#include "operator/control/metrics.h"
#include "operator/control/plan.h"
#include "operator/control/scaling.h"
#include "operator/control/status.h"
#include "operator/kube/client.h"
#include "operator/kube/controller.h"
#include "operator/kube/events.h"
#include "operator/kube/expectations.h"

namespace tidewright::control {

/// Brings one ScaledApp closer to what it should be: looks once, decides once, writes in order, stops at the first
/// write that fails, and tells in status, Events and a log line what it did. Thread-safe for different keys.
class Reconciler {
 public:
  struct Parts {
    const kube::Client& client;
    Watches& watches;
    kube::Expectations& expectations;
    kube::EventRecorder& events;
    MetricFeed& samples;
    Metrics& metrics;
    const Clock& clock;
    const Log& log;
  };
  explicit Reconciler(Parts parts) : parts_(parts) {}

  [[nodiscard]] Result<kube::Requeue> reconcile(const kube::ObjectKey& key, std::stop_token stop);

  /// Writes what the status of any app lacks of what is in memory; before a clean end.
  void flush(std::stop_token stop);

 private:
  struct Outcome {
    std::optional<Refusal> refusal;
    int writes = 0;
  };

  [[nodiscard]] Result<void> flushOne(const AppObject& object, const std::stop_token& stop);
  void forget(const kube::ObjectKey& key);
  [[nodiscard]] Result<kube::Requeue> bring(const kube::ObjectKey& key, std::shared_ptr<const AppObject> object,
                                            std::stop_token stop);
  /// For a targetRef: only the count, through the target's `scale` subresource.
  [[nodiscard]] Result<kube::Requeue> bringTarget(const AppObject& object, const api::ScaledApp& app,
                                                  const api::ScaledAppStatus& stored, std::stop_token stop);
  [[nodiscard]] Result<Outcome> carryOut(const api::ScaledApp& app, const Plan& plan, const Snapshot& snapshot,
                                         Applier& applier);
  [[nodiscard]] Result<void> writeChildren(const api::ScaledApp& app, const Plan& plan, const Snapshot& snapshot,
                                           Applier& applier);
  [[nodiscard]] Result<void> removeStrays(const Plan& plan, const Snapshot& snapshot, Applier& applier);
  [[nodiscard]] Result<void> act(const api::ScaledApp& app, const PlannedWorkload& workload, const Snapshot& snapshot,
                                 Applier& applier);
  /// nullopt: the API server takes the new templates, or there are none.
  [[nodiscard]] Result<std::optional<Refusal>> tryTemplates(const api::ScaledApp& app, const Plan& plan,
                                                            Applier& applier);
  [[nodiscard]] Result<kube::Requeue> refuse(const AppObject& object, const api::ScaledAppStatus& stored,
                                             const Refusal& refusal, std::stop_token stop);
  [[nodiscard]] Result<void> writeStatus(const AppObject& object, const api::ScaledAppStatus& stored,
                                         const api::ScaledAppStatus& wanted, std::stop_token stop);
  [[nodiscard]] Result<void> takeOffCommand(const AppObject& object, const std::string& command, std::stop_token stop);
  void tell(const AppObject& object, bool warning, std::string reason, std::string action, std::string note);
  void tellOf(const AppObject& object, const api::ScaledApp& app, const Plan& plan, const api::ScaledAppStatus& stored);
  void show(const kube::ObjectKey& key, const api::ScaledAppStatus& status, const Plan& plan);
  [[nodiscard]] ReadReading reader() const;

  const Parts parts_;
  Scaling scaling_;
  std::mutex mutex_;
  std::unordered_map<kube::ObjectKey, std::string, kube::ObjectKeyHash> uids_;  ///< Of the apps that we remember
};

}  // namespace tidewright::control
