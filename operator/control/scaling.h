#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "operator/api/scaled_app.h"
#include "operator/api/scaled_app_status.h"
#include "operator/decide/autoscale.h"
#include "operator/decide/replica_set_view.h"
#include "operator/kube/object_key.h"

namespace tidewright::control {

/// How many, for one app, as of now.
struct Scaled {
  int32_t desired = 0;
  std::optional<decide::Decision> decision;  ///< Of this very look; none between two polls and without autoscaling
  api::AutoscalingStatus memory;             ///< To be stored when it is worth it
  std::optional<int32_t> from;               ///< The count before, if this look changed it
  bool keptAfterRemoval = false;             ///< Autoscaling was taken off the app; its last count stays
  std::optional<WallTime> lookAgain;         ///< The next poll
};

/// What somebody measured last; unknown with a reason if nobody has.
using ReadSample = std::function<api::Sample(const api::Query& query)>;

struct ScalingInput {
  const api::ScaledApp& app;
  const api::ScaledAppStatus& status;  ///< As stored
  const std::vector<decide::ReplicaSetView>& replicaSets;
  int32_t readyPods = 0;
};

/// Remembers between two looks what status holds only now and then. Thread-safe; one app is looked at by one thread at a
/// time. Source: spec/autoscaling.md 4, "What is remembered".
class Scaling {
 public:
  [[nodiscard]] Scaled look(const kube::ObjectKey& key, const ScalingInput& in, const ReadSample& read, WallTime now);
  /// The app is gone.
  void forget(const kube::ObjectKey& key);

 private:
  struct Remembered {
    std::string uid;
    api::AutoscalingStatus status;
    std::optional<decide::Decision> decision;
    std::optional<WallTime> polledAt;
    int64_t generation = 0;
    std::optional<int32_t> specReplicas;  ///< As it was while autoscaling was on, or when we first saw the app without
    int32_t desired = 0;
  };

  [[nodiscard]] Scaled withoutAutoscaling(Remembered& memory, const ScalingInput& in) const;
  [[nodiscard]] Scaled poll(Remembered& memory, const ScalingInput& in, const ReadSample& read, WallTime now) const;

  std::mutex mutex_;
  std::unordered_map<kube::ObjectKey, Remembered, kube::ObjectKeyHash> remembered_;
};

/// The count that an app was last meant to have: what its status says, else what its ReplicaSets were made for, else,
/// for one that has none yet, `spec.replicas`. Never minReplicas only because the status was lost.
[[nodiscard]] int32_t countInForce(const ScalingInput& in);

}  // namespace tidewright::control
