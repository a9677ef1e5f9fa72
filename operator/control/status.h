#pragma once

#include <optional>
#include <string>

#include "operator/api/scaled_app_status.h"
#include "operator/control/plan.h"
#include "operator/control/refusal.h"
#include "operator/decide/health.h"
#include "operator/decide/status_write.h"

namespace tidewright::control {

/// What a person has to know of an app beside what its plan says.
struct Remarks {
  std::optional<Refusal> refusal;  ///< A part of the plan cannot be made; the rest of the status is as ever
  std::string foreignBudget;       ///< Somebody else's PodDisruptionBudget on the same pods; empty: none
  std::string scaler;              ///< "HorizontalPodAutoscaler web", which scales what autoscaling does; empty: none
  bool notYetLookedAt = false;     ///< The plan is for the template before: nobody is to take this spec for done
};

/// The status as it is to be from now on. Of what the autoscaler remembers the stored state stays where it is not worth
/// a write, see decide::mustWrite. Pure.
[[nodiscard]] api::ScaledAppStatus statusOf(const api::ScaledApp& app, const api::ScaledAppStatus& stored,
                                            const Plan& plan, const Remarks& remarks, decide::Occasion occasion,
                                            WallTime now);

/// `stored` with the counts that the plan is about to set, and what led to them. Written before any pod comes or goes:
/// whoever takes over in the middle goes on instead of going back. None: the plan changes no count that autoscaling
/// decided. Pure.
[[nodiscard]] std::optional<api::ScaledAppStatus> intentOf(const api::ScaledApp& app,
                                                           const api::ScaledAppStatus& stored, const Plan& plan);

/// The `scale` subresource of what a targetRef names.
struct TargetScale {
  int32_t specReplicas = 0;
  int32_t replicas = 0;
  std::string selector;
};

/// The same for an app that only scales something else. `plan` has its one workload; `doubt` is what may be wrong with
/// it, empty for nothing.
[[nodiscard]] api::ScaledAppStatus targetStatusOf(const api::ScaledApp& app, const api::ScaledAppStatus& stored,
                                                  const Plan& plan, const TargetScale& scale, const std::string& doubt,
                                                  WallTime now);

/// The spec cannot be acted on: what is known of the pods stays as it was.
[[nodiscard]] api::ScaledAppStatus refusedStatus(int64_t generation, api::ScaledAppStatus stored,
                                                 const Refusal& refusal, WallTime now);

}  // namespace tidewright::control
