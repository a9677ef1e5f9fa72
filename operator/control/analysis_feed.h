#pragma once

#include <vector>

#include "operator/api/scaled_app.h"
#include "operator/control/queries.h"
#include "operator/decide/analysis.h"
#include "operator/decide/rollout.h"

namespace tidewright::control {

/// Judges one workload's new revision by the latest answers, and tells `in`, which is otherwise ready to be decided on.
/// Returns what there is to tell of it. `shard` is empty without shards. Pure, apart from `read`.
[[nodiscard]] std::vector<decide::RolloutEvent> judge(const api::ScaledApp& app, const std::string& shard,
                                                      const ReadReading& read, decide::RolloutInput& in, WallTime now);

/// What is to be asked from now on, and when else.
struct Measuring {
  std::vector<AskedQuery> queries;  ///< due now; each until it was answered
  std::optional<WallTime> lookAgain;
};

/// After the decision, whose status then remembers what has begun. A query is asked only from the moment on that its
/// measurement is due, so that an answer comes at once and is of that moment.
[[nodiscard]] Measuring planMeasurements(const api::ScaledApp& app, const std::string& shard,
                                         const decide::RolloutInput& in, decide::RolloutDecision& decision,
                                         WallTime now);

}  // namespace tidewright::control
