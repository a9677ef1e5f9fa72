#include "operator/api/rollout_status.h"

#include "operator/api/stored.h"

namespace tidewright::api {

nlohmann::json toJson(const RolloutStatus& status) {
  nlohmann::json out = nlohmann::json::object();
  const auto text = [&out](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  const auto time = [&out](const char* name, const std::optional<WallTime>& value) {
    if (value) out[name] = formatTimestamp(*value);
  };
  const auto count = [&out](const char* name, int32_t value) {
    if (value != 0) out[name] = value;
  };
  text("revision", status.revision);
  text("stepsHash", status.stepsHash);
  // A person reads "step 0 of 3, weight 0"; without steps there is nothing to say.
  if (status.stepCount > 0) {
    out["stepIndex"] = status.stepIndex;
    out["stepCount"] = status.stepCount;
    out["weight"] = status.weight;
    out["desiredWeight"] = status.desiredWeight;
  } else {
    count("stepIndex", status.stepIndex);
    count("weight", status.weight);
    count("desiredWeight", status.desiredWeight);
  }
  if (status.promoteFull) out["promoteFull"] = true;
  time("startedAt", status.startedAt);
  time("pausedAt", status.pausedAt);
  time("progressedAt", status.progressedAt);
  count("availableHighWater", status.availableHighWater);
  count("replicasHighWater", status.replicasHighWater);
  count("highWaterOf", status.highWaterOf);
  text("message", status.message);
  if (!status.analysis.empty()) out["analysis"] = toJson(status.analysis);
  return out;
}

RolloutStatus parseRolloutStatus(const nlohmann::json& value) {
  const Stored stored(value);
  return {.revision = stored.text("revision"),
          .stepsHash = stored.text("stepsHash"),
          .stepIndex = stored.count("stepIndex"),
          .stepCount = stored.count("stepCount"),
          .weight = stored.count("weight"),
          .desiredWeight = stored.count("desiredWeight"),
          .promoteFull = stored.at("promoteFull") == true,
          .startedAt = stored.time("startedAt"),
          .pausedAt = stored.time("pausedAt"),
          .progressedAt = stored.time("progressedAt"),
          .availableHighWater = stored.count("availableHighWater"),
          .replicasHighWater = stored.count("replicasHighWater"),
          .highWaterOf = stored.count("highWaterOf"),
          .message = stored.text("message"),
          .analysis = parseAnalysisStatus(stored.at("analysis"))};
}

}  // namespace tidewright::api
