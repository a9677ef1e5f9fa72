#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "operator/clock.h"
#include "operator/control/apply.h"
#include "operator/control/caches.h"
#include "operator/control/carry_out.h"
#include "operator/control/configuration.h"
#include "operator/control/log.h"
#include "operator/control/metric_feed.h"
#include "operator/control/metrics.h"
#include "operator/control/plan.h"
#include "operator/control/scaling.h"
#include "operator/control/status.h"
#include "operator/control/teller.h"
#include "operator/control/turns.h"
#include "operator/kube/client.h"
#include "operator/kube/controller.h"
#include "operator/kube/events.h"
#include "operator/kube/expectations.h"
#include "operator/pace.h"
#include "operator/packed.h"

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

  [[nodiscard]] Result<kube::Requeue> reconcile(const kube::ObjectKey& key, kube::Cause cause, std::stop_token stop);

  /// Writes what the status of any app lacks of what is in memory; before a clean end.
  void flush(std::stop_token stop);

 private:
  /// One app in one reconcile.
  struct Subject {
    std::shared_ptr<const AppObject> object;
    api::ScaledApp app;
    api::ScaledAppStatus stored;  ///< As the API server has it, after each write of ours too
    Log log;                      ///< Names this reconcile in every line
  };
  struct Decided {
    Plan plan;                          ///< Empty: nothing can be done
    bool isNew = false;                 ///< Nothing of it was ever made: its template is not tried beforehand
    std::optional<Refusal> refusal;     ///< Of the template: the plan is for the one before it
    int made = 0;                       ///< Actions of the rollout that are carried out already
    std::optional<WallTime> lookAgain;  ///< The same, for now: its configuration is not known, or just changing
  };
  struct RefusedTemplate {
    int64_t generation = 0;
    Refusal refusal;
    WallTime at;
  };
  /// An app of which nothing is under way: as long as nothing of it changes, a tick has only to ask the autoscaler.
  struct Calm {
    std::string resourceVersion;
    std::string currentRevision, stableRevision;
    int32_t readyPods = 0;
    std::optional<WallTime> until;  ///< When somebody else than the autoscaler wants to look again

    static constexpr auto kFields = std::tuple(&Calm::resourceVersion, &Calm::currentRevision, &Calm::stableRevision,
                                               &Calm::readyPods, &Calm::until);
  };
  /// What the app's annotations ask for.
  struct AskedCommand {
    std::string name;
    std::string note;     ///< None: it still stands there as the user wrote it
    bool isDone = false;  ///< It has had its effect, and who saw to that did not live to forget it
  };
  /// What came of one look, to be told.
  struct Outcome {
    Decided& decided;
    const Snapshot& snapshot;
    std::optional<AskedCommand> asked;
    std::optional<decide::Command> command;  ///< What `asked` means; none: nothing, or it is done already
    api::ScaledAppStatus before;             ///< As stored when the look began
    WallTime now;
    Course course;
    std::optional<Refusal> refusal;     ///< Of a write
    std::optional<WallTime> postponed;  ///< A write that nobody waits for is to be made then
    bool hasAskedForTurn = false;       ///< One turn is for all such writes of this look
    int writes = 0;

    [[nodiscard]] bool tookTurn() const { return hasAskedForTurn && !postponed; }
  };
  /// What we remember of few apps.
  struct Seldom {
    std::unique_ptr<const RefusedTemplate> refused;
    std::optional<WallTime> repairedAt;
    std::string routeAsked;  ///< The weights that we gave the app's route last
    Settling configuration;
  };
  /// What we remember of an app beside its counts.
  class Known {
   public:
    std::string uid;
    std::optional<Packed> calm;  ///< A Calm; none: a look has to be whole

    [[nodiscard]] const Seldom& seldom() const {
      static const Seldom none;
      return seldom_ ? *seldom_ : none;
    }
    /// To change it.
    [[nodiscard]] Seldom& ownSeldom() {
      if (!seldom_) seldom_ = std::make_unique<Seldom>();
      return *seldom_;
    }

   private:
    std::unique_ptr<Seldom> seldom_;
  };

  void forget(const kube::ObjectKey& key);
  /// The look that just ended found nothing to do and left nothing to do.
  void noteCalm(const Subject& subject, const Plan& plan);
  void disturb(const kube::ObjectKey& key);
  /// Whether one more status may be written for the freshness of its values alone.
  [[nodiscard]] bool mayRefresh();
  /// Asks once a look, which `outcome` remembers, whether it is the app's turn to make writes that nobody waits for; if
  /// not they are to be left for a later one.
  [[nodiscard]] bool hasTurn(const kube::ObjectKey& key, Outcome& outcome);
  /// Only time has passed, or a metric was read. None: there is more to do, so look at all of it.
  [[nodiscard]] std::optional<kube::Requeue> tick(const kube::ObjectKey& key, const AppObject& object);
  [[nodiscard]] Result<kube::Requeue> bring(const kube::ObjectKey& key, std::shared_ptr<const AppObject> object,
                                            const std::stop_token& stop);
  [[nodiscard]] Result<kube::Requeue> bringPods(Subject& subject, const std::stop_token& stop);
  /// Status, Events and log; and when to look again.
  [[nodiscard]] Result<kube::Requeue> tell(Subject& subject, Outcome& outcome, const std::stop_token& stop);
  [[nodiscard]] Result<void> tellNow(Subject& subject, Outcome& outcome, api::ScaledAppStatus status,
                                     const Remarks& remarks, const std::stop_token& stop);
  /// For a targetRef: only the count, through the target's `scale` subresource.
  [[nodiscard]] Result<kube::Requeue> bringTarget(Subject& subject, const std::stop_token& stop);
  [[nodiscard]] Result<Decided> decide(const Subject& subject, const Snapshot& snapshot,
                                       std::optional<decide::Command> command, Applier& applier);
  [[nodiscard]] ReadReading reader() const;
  /// What is to be decided on; none: not yet, see Decided.
  [[nodiscard]] std::optional<std::string> configHashOf(const api::ScaledApp& app, Decided& decided, WallTime now);

  /// The spec cannot be acted on: says so, and leaves all else alone.
  [[nodiscard]] Result<kube::Requeue> refuse(const AppObject& object, const api::ScaledAppStatus& stored,
                                             const Refusal& refusal, std::stop_token stop);
  [[nodiscard]] std::optional<Refusal> refusedBefore(const kube::ObjectKey& key, int64_t generation, WallTime now);
  void noteRefused(const kube::ObjectKey& key, int64_t generation, const Refusal& refusal, WallTime now);
  [[nodiscard]] bool mayRepair(const kube::ObjectKey& key, WallTime now);
  void noteRepair(const kube::ObjectKey& key, WallTime now);
  [[nodiscard]] std::string routeAsked(const kube::ObjectKey& key);
  void noteRouteAsked(const kube::ObjectKey& key, const std::string& weights);

  /// The command to act on now, if any. One that must not be taken twice bears a note by then.
  [[nodiscard]] Result<std::optional<AskedCommand>> takeCommand(const Subject& subject, const std::stop_token& stop);
  void answer(const Teller& teller, api::ScaledAppStatus& status, const std::string& command, bool warning,
              const std::string& result) const;
  /// What became of it is stored, so the app need not bear it any more.
  [[nodiscard]] Result<void> finishCommand(const Subject& subject, const std::optional<AskedCommand>& asked,
                                           const std::stop_token& stop);
  [[nodiscard]] Result<void> flushOne(const AppObject& object, const std::stop_token& stop);
  [[nodiscard]] Result<void> writeStatus(Subject& subject, const api::ScaledAppStatus& wanted,
                                         const std::stop_token& stop);
  [[nodiscard]] Result<void> writeStatus(const AppObject& object, const api::ScaledAppStatus& stored,
                                         const api::ScaledAppStatus& wanted, std::stop_token stop);
  [[nodiscard]] Result<void> patchCommand(const AppObject& object, const kube::Json& operations, std::stop_token stop);
  void show(const kube::ObjectKey& key, const api::ScaledAppStatus& status, const Plan& plan);

  const Parts parts_;
  Scaling scaling_;
  Turns turns_{parts_.clock};
  std::atomic<int64_t> lastReconcile_ = 0;
  std::mutex mutex_;
  std::unordered_map<kube::ObjectKey, Known, kube::ObjectKeyHash> known_;
  /// With more than nine thousand apps whose values change they are refreshed more seldom than every five minutes.
  Pace refreshes_{30, 30};
};

}  // namespace tidewright::control
