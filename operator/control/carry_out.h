#pragma once

#include <optional>

#include "operator/control/apply.h"
#include "operator/control/log.h"
#include "operator/control/plan.h"
#include "operator/control/refusal.h"
#include "operator/control/snapshot.h"

namespace tidewright::control {

/// Asks the API server for its opinion of the ReplicaSets that the plan makes, before anything that runs is touched.
/// Nothing: it would take them all, or there are none.
[[nodiscard]] Result<std::optional<Refusal>> tryTemplates(const api::ScaledApp& app, const Plan& plan,
                                                          Applier& applier);

/// What may be put right although we have applied it before.
struct Repair {
  bool allowed = true;  ///< Somebody else keeps changing it back: not every time
  bool wanted = false;  ///< Out: there was something to repair
};

/// Makes the writes of the plan in their order: children first, then the ReplicaSets, then what nobody needs any more.
/// A child that the API server will not take is said and the rest is made, unless its name is taken or it is a Service
/// that selects one revision: then no ReplicaSet changes; a ReplicaSet that it will not take ends the list. Errors that
/// pass end it too: decide anew.
[[nodiscard]] Result<std::optional<Refusal>> carryOut(const api::ScaledApp& app, const Plan& plan,
                                                      const Snapshot& snapshot, Applier& applier, Repair& repair,
                                                      const Log& log);

}  // namespace tidewright::control
