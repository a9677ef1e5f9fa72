#include "operator/api/validate.h"

#include <algorithm>
#include <set>
#include <variant>

#include <fmt/format.h>

namespace tidewright::api {
namespace {

using Mistakes = std::vector<Mistake>;

/// NAME-SHARD-HASH has to stay a DNS label, and the pods add five characters and a dash of their own.
constexpr size_t kLongestName = 63 - 11 - 6;

bool isDnsLabel(const std::string& text) {
  const auto inner = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, inner) && text.front() != '-' &&
         text.back() != '-';
}

void checkKind(const ScaledAppSpec& spec, const nlohmann::json& podTemplate, Mistakes& out) {
  if (spec.targetRef.has_value() == podTemplate.is_object()) {
    out.push_back(
        {"spec", "needs exactly one of template and targetRef; write what the pods are, or name what exists"});
  }
  if (!spec.targetRef) return;
  const auto refuse = [&out](const char* field) {
    out.push_back({field, "has no meaning with targetRef, which only scales; remove one of them"});
  };
  if (!spec.service.ports.empty()) refuse("spec.service");
  if (!spec.shards.empty()) refuse("spec.shards");
  if (spec.rollout != RolloutSpec{}) refuse("spec.rollout");
}

void checkTemplate(const nlohmann::json& podTemplate, Mistakes& out) {
  if (!podTemplate.is_object()) return;
  const nlohmann::json podSpec = podTemplate.value("spec", nlohmann::json::object());
  if (!podSpec.is_object() || !podSpec.contains("containers") || podSpec["containers"].empty()) {
    out.push_back({"spec.template.spec.containers", "is empty; write at least one container"});
    return;
  }
  if (const auto policy = podSpec.find("restartPolicy"); policy != podSpec.end() && *policy != "Always") {
    out.push_back({"spec.template.spec.restartPolicy", "must be Always, as in a Deployment; remove it"});
  }
}

void checkShards(const ScaledApp& app, Mistakes& out) {
  std::set<std::string> names;
  size_t longest = 0;
  for (size_t i = 0; i < app.spec.shards.size(); ++i) {
    const Shard& shard = app.spec.shards[i];
    const std::string field = fmt::format("spec.shards[{}].name", i);
    if (!isDnsLabel(shard.name)) {
      out.push_back({field, fmt::format("\"{}\" is not a name; use small letters, digits and dashes", shard.name)});
    }
    if (!names.insert(shard.name).second) {
      out.push_back({field, fmt::format("\"{}\" is there twice; give each shard its own name", shard.name)});
    }
    for (const char* taken : {"stable", "canary", "preview"}) {
      if (shard.name == taken) {
        out.push_back({field, fmt::format("\"{}\" is what a rollout's own Service is called; choose another", taken)});
      }
    }
    if (shard.env.contains("SHARD")) {
      out.push_back({fmt::format("spec.shards[{}].env", i), "sets SHARD, which the operator sets; remove it"});
    }
    longest = std::max(longest, shard.name.size() + 1);
  }
  if (app.name.size() + longest > kLongestName) {
    out.push_back({"metadata.name", fmt::format("together with the shard's name has {} characters; at most {} leave "
                                                "room for the revision",
                                                app.name.size() + longest, kLongestName)});
  }
}

void checkSteps(const RolloutSpec& rollout, Mistakes& out) {
  if (!rollout.steps.empty() && rollout.strategy != RolloutStrategy::Canary) {
    out.push_back({"spec.rollout.steps", fmt::format("belong to a canary; remove them or write strategy: Canary "
                                                     "instead of {}",
                                                     toString(rollout.strategy))});
  }
  std::set<std::string> known;
  for (size_t i = 0; i < rollout.analysis.size(); ++i) {
    if (!known.insert(rollout.analysis[i].name).second) {
      out.push_back({fmt::format("spec.rollout.analysis[{}].name", i),
                     fmt::format("\"{}\" is there twice; give each its own name", rollout.analysis[i].name)});
    }
  }
  for (size_t i = 0; i < rollout.analysis.size(); ++i) {
    const int32_t start = rollout.analysis[i].startAtStep;
    if (start == 0 || start < static_cast<int32_t>(rollout.steps.size())) continue;
    out.push_back({fmt::format("spec.rollout.analysis[{}].startAtStep", i),
                   fmt::format("is {} of {} steps; they count from 0, so lower it", start, rollout.steps.size())});
  }
  for (size_t i = 0; i < rollout.steps.size(); ++i) {
    const auto* analysis = std::get_if<AnalysisStep>(&rollout.steps[i]);
    if (analysis == nullptr) continue;
    for (const std::string& name : analysis->metrics) {
      if (known.contains(name)) continue;
      out.push_back({fmt::format("spec.rollout.steps[{}].analysis.metrics", i),
                     fmt::format("\"{}\" is not in spec.rollout.analysis; add it there", name)});
    }
  }
}

void checkRollout(const ScaledAppSpec& spec, Mistakes& out) {
  const RolloutSpec& rollout = spec.rollout;
  if (rollout.gatewayRoute && spec.service.ports.empty()) {
    out.push_back({"spec.rollout.canary.gatewayRoute",
                   "leads to the Services NAME-stable and NAME-canary, which need spec.service.ports; write them"});
  }
  if (rollout.maxSurge.value == 0 && rollout.maxUnavailable.value == 0 &&
      rollout.strategy != RolloutStrategy::Recreate) {
    out.push_back({"spec.rollout.maxSurge", "and maxUnavailable are both 0, so nothing could ever move; raise one"});
  }
  for (const auto& [name, limit] :
       {std::pair{"maxSurge", rollout.maxSurge}, {"maxUnavailable", rollout.maxUnavailable}}) {
    const int32_t most = name == std::string_view("maxSurge") ? 1000 : 100;
    if (!limit.percent || limit.value <= most) continue;
    out.push_back({fmt::format("spec.rollout.{}", name), fmt::format("is above {}%; lower it", most)});
  }
  if (rollout.progressDeadline.count() <= rollout.minReadySeconds) {
    out.push_back({"spec.rollout.progressDeadlineSeconds",
                   fmt::format("must be longer than minReadySeconds ({}), else no pod could be ready in time",
                               rollout.minReadySeconds)});
  }
  checkSteps(rollout, out);
}

}  // namespace

std::vector<Mistake> validate(const ScaledApp& app) {
  std::vector<Mistake> out;
  checkKind(app.spec, app.spec.podTemplate, out);
  checkTemplate(app.spec.podTemplate, out);
  checkShards(app, out);
  checkRollout(app.spec, out);
  return out;
}

}  // namespace tidewright::api
