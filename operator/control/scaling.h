#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "operator/api/scaled_app.h"
#include "operator/api/scaled_app_status.h"
#include "operator/decide/autoscale.h"
#include "operator/decide/replica_set_view.h"
#include "operator/packed.h"

namespace tidewright::control {

/// How many, for one app, as of now.
struct Scaled {
  int32_t desired = 0;
  bool decided = false;               ///< The memory's last decision was made since we started
  bool isTick = false;                ///< And in this very look
  api::AutoscalingStatus memory;      ///< To be stored when it is worth it
  std::optional<int32_t> from;        ///< The count before a change that nobody was told of yet
  bool replicasIgnored = false;       ///< Somebody edited `spec.replicas`, which autoscaling overrules
  bool keptAfterRemoval = false;      ///< Autoscaling was taken off the app; its last count stays
  std::optional<WallTime> lookAgain;  ///< The next poll

  /// None: not since we started, or there is no autoscaling.
  [[nodiscard]] const api::LastDecision* decision() const {
    return decided && memory.lastDecision ? &*memory.lastDecision : nullptr;
  }
};

/// What was measured last: unknown with a reason if nobody can tell.
struct Measured {
  api::Sample sample;
  WallTime answeredAt;  ///< When the answer or the failure came
};
/// None: nobody has been asked yet.
using ReadSample = std::function<std::optional<Measured>(const api::Query& query)>;

/// One workload: the app, or one shard of it.
struct ScalingInput {
  const api::ScaledApp& app;
  std::string shard;                     ///< Empty without shards
  api::AutoscalingStatus stored;         ///< What its status remembers
  std::optional<int32_t> storedDesired;  ///< None: there is no status
  std::vector<decide::ReplicaSetView> replicaSets;
  int32_t readyPods = 0;
  /// With a targetRef, where others may scale as well: the count there. It wins over what we remember.
  std::optional<int32_t> countThere;
};

/// Remembers between two looks what status holds only now and then. Thread-safe; one app is looked at by one thread at
/// a time. Source: spec/autoscaling.md 4, "What is remembered".
class Scaling {
 public:
  [[nodiscard]] Scaled look(const ScalingInput& in, const ReadSample& read, WallTime now);
  /// The change that the last look gave was carried out and told: the next looks have no `from`.
  void told(const std::string& uid, const std::string& shard);
  /// What is in memory now, for a last write; none if the workload was not looked at yet.
  [[nodiscard]] std::optional<api::AutoscalingStatus> memoryOf(const std::string& uid, const std::string& shard) const;
  /// The app of that uid is gone.
  void forget(const std::string& uid);

 private:
  struct Remembered {
    api::AutoscalingStatus status;
    std::optional<WallTime> polledAt;  ///< None: nothing was decided since we started
    WallTime answeredAt;               ///< The newest answer that the last decision knew
    /// The last decision came with an answer, at once. Else, as with the first one of all, the next answer does not
    /// wait for the poll to end: it would lie there until then, and so would each one after it.
    bool inStep = false;
    int64_t generation = 0;
    std::optional<int32_t> specReplicas;  ///< As it was while autoscaling was on, or when we first saw the app without
    bool followsMetrics = false;          ///< Autoscaling was on at the last look
    int32_t desired = 0;
    std::optional<int32_t> untold;  ///< The count before a change, until it was carried out
    bool replicasIgnored = false;   ///< An edit of `spec.replicas` that nobody was told of yet

    static constexpr auto kFields =
        std::tuple(&Remembered::status, &Remembered::polledAt, &Remembered::answeredAt, &Remembered::inStep,
                   &Remembered::generation, &Remembered::specReplicas, &Remembered::followsMetrics,
                   &Remembered::desired, &Remembered::untold, &Remembered::replicasIgnored);
  };

  [[nodiscard]] std::optional<Remembered> recalled(const std::string& uid, const std::string& shard) const;
  void remember(const std::string& uid, const std::string& shard, const Remembered& memory);

  [[nodiscard]] static Remembered firstLook(const ScalingInput& in);
  [[nodiscard]] Scaled withoutAutoscaling(Remembered& memory, const ScalingInput& in) const;
  [[nodiscard]] Scaled poll(Remembered& memory, const ScalingInput& in, const ReadSample& read, WallTime now) const;
  [[nodiscard]] Scaled pollNow(Remembered& memory, const ScalingInput& in, const ReadSample& read, WallTime now) const;
  /// Whether a poll is over since the last decision, or there is another reason to decide now.
  [[nodiscard]] static bool isInTime(const Remembered& memory, const ScalingInput& in, WallTime now);
  [[nodiscard]] static Scaled waiting(Remembered& memory, std::chrono::nanoseconds poll);
  [[nodiscard]] static Scaled unchanged(Remembered& memory);

  mutable std::mutex mutex_;
  std::map<std::string, Packed> remembered_;  ///< By "uid/shard". A decision's trace is large, and read once a poll.
};

/// The count that an app was last meant to have: what its status says, else what its ReplicaSets were made for, else,
/// for one that has none yet, `spec.replicas`. Never minReplicas only because the status was lost.
[[nodiscard]] int32_t countInForce(const ScalingInput& in);

}  // namespace tidewright::control
