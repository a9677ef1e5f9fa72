#pragma once

#include <chrono>
#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "operator/api/placeholders.h"
#include "operator/api/scaled_app.h"
#include "operator/api/scaled_app_status.h"
#include "operator/prometheus/metric_source.h"

namespace tidewright::control {

/// A query as it goes to the server, and how often.
struct AskedQuery {
  api::Query query;  ///< placeholders filled in
  std::chrono::seconds interval{};

  auto operator<=>(const AskedQuery&) const = default;
};

/// The last answer to a query whose placeholders are filled in; none: it was not asked, or not answered yet.
using ReadReading = std::function<std::optional<prometheus::Reading>(const api::Query& query)>;

/// The values of one workload: the app, or the shard of it whose name is not empty.
[[nodiscard]] api::Placeholders placeholdersOf(const api::ScaledApp& app, const std::string& shard,
                                               const api::WorkloadStatus& status);
[[nodiscard]] api::Query filledIn(api::Query query, const api::Placeholders& values);

/// What the autoscaler of one workload asks; nothing without autoscaling.
[[nodiscard]] std::vector<AskedQuery> scalingQueries(const api::ScaledApp& app, const api::Placeholders& values);

}  // namespace tidewright::control
