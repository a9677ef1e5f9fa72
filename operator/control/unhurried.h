#pragma once

#include "operator/api/scaled_app.h"
#include "operator/api/scaled_app_status.h"
#include "operator/control/plan.h"
#include "operator/control/snapshot.h"

namespace tidewright::control {

// Writes that nobody waits for, so that of many new apps each can have its turn. All pure.

/// Those of one plan.
struct UnhurriedWrites {
  /// On its ReplicaSet: that the app's first revision had become all of it, as its status says.
  bool promotion = false;
  /// A missing budget over one pod or none: that pod may be evicted with it or without it.
  bool budget = false;

  [[nodiscard]] bool any() const { return promotion || budget; }
};
/// What was refused is tried in every look, or its status would say now this and now that.
[[nodiscard]] UnhurriedWrites unhurriedWrites(const Plan& plan, const Snapshot& snapshot,
                                              const api::ScaledAppStatus& stored);

/// Leaves them for a later look.
void takeOut(Plan& plan, const UnhurriedWrites& writes);

/// `wanted` says no more than that the pods of a new app are on their way: none of its revisions is known to have been
/// all of it, no problem of its pods is one that `stored` does not tell of, and no mark of progress in it would be
/// missed by the next look.
[[nodiscard]] bool tellsOnlyOfArrival(const api::ScaledApp& app, const Snapshot& snapshot,
                                      const api::ScaledAppStatus& stored, const api::ScaledAppStatus& wanted);

}  // namespace tidewright::control
