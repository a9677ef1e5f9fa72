#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/api/autoscaling.h"
#include "operator/api/rollout_spec.h"
#include "operator/api/service_spec.h"
#include "operator/clock.h"
#include "operator/result.h"

namespace tidewright::api {

inline constexpr std::string_view kApiVersion = "tidewright.dev/v1alpha1";
inline constexpr std::string_view kKind = "ScaledApp";

/// `spec.targetRef`: something that exists already and has a `scale` subresource.
struct TargetRef {
  std::string apiVersion;
  std::string kind;
  std::string name;
  bool operator==(const TargetRef&) const = default;
};

struct AvailabilitySpec {
  bool podDisruptionBudget = true;
  bool topologySpread = true;
  int32_t preStopSleepSeconds = 5;  ///< 0: the template is left alone
  bool operator==(const AvailabilitySpec&) const = default;
};

/// One workload of its own, with its own Service `NAME-SHARD`.
struct Shard {
  std::string name;
  std::map<std::string, std::string> env;
  bool operator==(const Shard&) const = default;
};

/// `spec`, whole: every default filled in. Fields that the CRD does not know are the API server's business.
struct ScaledAppSpec {
  std::optional<int32_t> replicas;  ///< none: 1, see `replicasOrDefault`
  nlohmann::json podTemplate;       ///< `template`, untouched; null with a targetRef
  std::optional<TargetRef> targetRef;
  bool paused = false;
  std::optional<WallTime> restartAt;
  int32_t revisionHistoryLimit = 10;
  ServiceSpec service;
  AvailabilitySpec availability;
  std::vector<Shard> shards;
  std::optional<Autoscaling> autoscaling;
  RolloutSpec rollout;

  [[nodiscard]] int32_t replicasOrDefault() const { return replicas.value_or(1); }
};

/// A ScaledApp as the API server holds it, without its status.
struct ScaledApp {
  std::string name;
  std::string ns;
  std::string uid;
  int64_t generation = 0;
  std::map<std::string, std::string> annotations;
  ScaledAppSpec spec;
};

/// From the whole object. Invalid names the field and what to write: "spec.rollout.maxSurge: ...".
[[nodiscard]] Result<ScaledApp> parseScaledApp(const nlohmann::json& object);
[[nodiscard]] Result<ScaledAppSpec> parseScaledAppSpec(const nlohmann::json& spec);

}  // namespace tidewright::api
