#pragma once

#include <chrono>

#include "operator/api/autoscaling.h"
#include "operator/clock.h"
#include "operator/decide/autoscale.h"

namespace tidewright::decide {

inline constexpr WallTime t0{std::chrono::seconds{1'800'000'000}};

/// One metric "load" of 100 per pod, 1 to 20 pods, everything else by default.
inline api::Autoscaling plainPolicy() {
  return {.minReplicas = 1, .maxReplicas = 20, .metrics = {{.name = "load", .target = {.value = {100'000}}}}};
}

}  // namespace tidewright::decide
