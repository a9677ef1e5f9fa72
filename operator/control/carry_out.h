#pragma once

#include <optional>

#include "operator/control/apply.h"
#include "operator/control/log.h"
#include "operator/control/plan.h"
#include "operator/control/refusal.h"
#include "operator/control/snapshot.h"

namespace tidewright::control {

/// What the API server says of the ReplicaSets that a plan makes.
struct Trial {
  std::optional<Refusal> refusal;  ///< None: it takes them all, or there are none
  int made = 0;                    ///< Actions that were carried out by it; they are no longer in the plan
};

/// Asks the API server for its opinion of the ReplicaSets that the plan makes, before anything that runs is touched.
/// One that is the first write anyway is made at once, and its refusal has touched nothing either: a new image is in
/// the cluster a whole request sooner. `first`: nothing is to be written before the plan's own writes.
[[nodiscard]] Result<Trial> tryTemplates(const api::ScaledApp& app, Plan& plan, const Snapshot& snapshot, bool first,
                                         Applier& applier, const Log& log);

/// How far the writes of a plan came.
struct Course {
  bool mayRepair = true;      ///< In: put right what somebody edited; he may keep changing it back, so not every time
  bool repairWanted = false;  ///< There was something to put right
  std::string routeAsked;     ///< In: what the route was last given; out: what it has been given now
  int actions = 0;            ///< Of the rollout, that were made
  bool complete = false;      ///< All of the rollout's were made
  bool templateRefused = false;  ///< A ReplicaSet that was to be made, for what its template says
};

/// Makes the writes of the plan in their order: children first, then the route's weights, then the ReplicaSets, then
/// what nobody needs any more. A child that the API server will not take is said and the rest is made, unless its name
/// is taken or it is a Service that selects one revision: then no ReplicaSet changes; a ReplicaSet that it will not
/// take ends the list. Errors that pass end it too: decide anew.
[[nodiscard]] Result<std::optional<Refusal>> carryOut(const api::ScaledApp& app, const Plan& plan,
                                                      const Snapshot& snapshot, Watches& watches, Applier& applier,
                                                      Course& course, const Log& log);

}  // namespace tidewright::control
