#pragma once

#include "operator/api/scaled_app.h"
#include "operator/api/scaled_app_status.h"
#include "operator/control/plan.h"
#include "operator/control/snapshot.h"

namespace tidewright::control {

// Writes that nobody waits for, so that of many new apps each can have its turn. All pure.

/// Those of one plan.
struct UnhurriedWrites {
  bool promotion =
      false;            ///< On its ReplicaSet: that the app's first revision had become all of it, as its status says
  bool budget = false;  ///< A missing budget over one pod: that pod may be evicted with it or without it

  [[nodiscard]] bool any() const { return promotion || budget; }
};
[[nodiscard]] UnhurriedWrites unhurriedWrites(const Plan& plan, const Snapshot& snapshot);

/// Leaves them for a later look.
void takeOut(Plan& plan, const UnhurriedWrites& writes);

/// `wanted` says no more than that the pods of a new app are on their way: none of its revisions is known to have been
/// all of it, nothing is called a failure yet, and no mark of progress in it would be missed by the next look.
[[nodiscard]] bool tellsOnlyOfArrival(const api::ScaledApp& app, const api::ScaledAppStatus& stored,
                                      const api::ScaledAppStatus& wanted);

}  // namespace tidewright::control
