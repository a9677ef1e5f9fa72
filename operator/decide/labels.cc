#include "operator/decide/labels.h"

namespace tidewright::decide {

Labels selectorOf(const api::ScaledApp& app, std::string_view shard, std::string_view revision) {
  Labels labels{{std::string(kAppLabel), app.name}};
  if (!shard.empty()) labels.emplace(kShardLabel, shard);
  if (!revision.empty()) labels.emplace(kRevisionLabel, revision);
  return labels;
}

Labels childLabels(const api::ScaledApp& app, std::string_view shard, std::string_view revision) {
  Labels labels = selectorOf(app, shard, revision);
  labels.emplace(kNameLabel, app.name);
  labels.emplace(kManagedByLabel, kManager);
  return labels;
}

std::string selectorText(const Labels& selector) {
  std::string text;
  for (const auto& [key, value] : selector) text += (text.empty() ? "" : ",") + key + "=" + value;
  return text;
}

std::string childName(const api::ScaledApp& app, std::string_view shard, std::string_view suffix) {
  std::string name = app.name;
  for (const std::string_view part : {shard, suffix}) {
    if (!part.empty()) name.append("-").append(part);
  }
  return name;
}

}  // namespace tidewright::decide
