#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "operator/api/scaled_app.h"
#include "operator/decide/rollout.h"

namespace tidewright::decide {

/// shop/web with the spec; with one container "web" if it has no template.
inline api::ScaledApp app(nlohmann::json spec) {
  if (!spec.contains("template")) {
    spec["template"] = {{"metadata", {{"labels", {{"team", "shop"}}}}},
                        {"spec", {{"containers", {{{"name", "web"}}}}}}};
  }
  const auto parsed = api::parseScaledApp(
      {{"metadata", {{"name", "web"}, {"namespace", "shop"}, {"uid", "u-1"}}}, {"spec", std::move(spec)}});
  EXPECT_TRUE(parsed) << parsed.error().message();
  return *parsed;
}

/// A rollout that goes well.
inline RolloutDecision decision(const std::string& stable, const std::string& current) {
  RolloutDecision out;
  out.status = {.stableRevision = stable, .currentRevision = current};
  out.complete = stable == current;
  out.progressing = {"Progressing", api::ConditionStatus::True, "ReplicaSetUpdated", "moving"};
  out.available = {"Available", api::ConditionStatus::True, "MinimumReplicasAvailable", "all"};
  return out;
}

}  // namespace tidewright::decide
