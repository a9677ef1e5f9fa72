#include "operator/control/foreign_budget.h"

#include <algorithm>

#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

decide::Labels podLabels(const api::ScaledApp& app, const std::string& shard) {
  decide::Labels labels;
  const nlohmann::json own = app.spec.podTemplate.value("/metadata/labels"_json_pointer, nlohmann::json::object());
  for (const auto& [key, value] : own.items()) {
    if (value.is_string()) labels.emplace(key, value.get<std::string>());
  }
  for (const auto& [key, value] : decide::childLabels(app, shard)) labels.insert_or_assign(key, value);
  return labels;
}

}  // namespace

std::string foreignBudget(const api::ScaledApp& app,
                          const std::vector<std::shared_ptr<const kube::PodDisruptionBudget>>& budgets) {
  if (budgets.empty() || !app.spec.availability.podDisruptionBudget) return {};
  std::vector<decide::Labels> pods;
  if (app.spec.shards.empty()) pods.push_back(podLabels(app, ""));
  for (const api::Shard& shard : app.spec.shards) pods.push_back(podLabels(app, shard.name));
  for (const auto& budget : budgets) {
    if (!budget->selector || budget->meta.deletionTimestamp) continue;
    if (std::ranges::any_of(pods, [&](const decide::Labels& labels) { return budget->selector->matches(labels); })) {
      return budget->meta.name;
    }
  }
  return {};
}

}  // namespace tidewright::control
