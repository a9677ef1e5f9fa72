#pragma once

#include <optional>
#include <string>

#include "operator/api/scaled_app_status.h"
#include "operator/control/plan.h"
#include "operator/decide/health.h"
#include "operator/decide/status_write.h"

namespace tidewright::control {

/// What is wrong with the app although the API server took it.
struct Refusal {
  std::string reason;   ///< "NameTaken", in CamelCase
  std::string message;  ///< A sentence for a person
};

/// The status as it is to be from now on. Of what the autoscaler remembers the stored state stays where it is not worth
/// a write, see decide::mustWrite. Pure.
[[nodiscard]] api::ScaledAppStatus statusOf(const api::ScaledApp& app, const api::ScaledAppStatus& stored,
                                            const Plan& plan, decide::Occasion occasion, WallTime now);

/// The `scale` subresource of what a targetRef names.
struct TargetScale {
  int32_t specReplicas = 0;
  int32_t replicas = 0;
  std::string selector;
};

/// The same for an app that only scales something else. `plan` has its one workload.
[[nodiscard]] api::ScaledAppStatus targetStatusOf(const api::ScaledApp& app, const api::ScaledAppStatus& stored,
                                                  const Plan& plan, const TargetScale& scale, WallTime now);

/// The spec cannot be acted on: what is known of the pods stays as it was.
[[nodiscard]] api::ScaledAppStatus refusedStatus(int64_t generation, api::ScaledAppStatus stored,
                                                 const Refusal& refusal, WallTime now);

/// Fields that are accepted and not acted on yet; empty: none is set.
[[nodiscard]] std::string notActedOn(const api::ScaledAppSpec& spec);

}  // namespace tidewright::control
