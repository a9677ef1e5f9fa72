#include "operator/control/queries.h"

namespace tidewright::control {

api::Placeholders placeholdersOf(const api::ScaledApp& app, const std::string& shard,
                                 const api::WorkloadStatus& status) {
  return {.app = app.name,
          .ns = app.ns,
          .revision = status.currentRevision,
          .stableRevision = status.stableRevision,
          .shard = shard};
}

api::Query filledIn(api::Query query, const api::Placeholders& values) {
  query.query = api::fillIn(query.query, values);
  // Secrets are only ever those of the app's own namespace.
  if (query.needsSecrets()) query.credentialsNamespace = values.ns;
  return query;
}

std::vector<AskedQuery> scalingQueries(const api::ScaledApp& app, const api::Placeholders& values) {
  std::vector<AskedQuery> out;
  if (!app.spec.autoscaling) return out;
  const api::Autoscaling& policy = *app.spec.autoscaling;
  for (const api::Metric& metric : policy.metrics) out.push_back({filledIn(metric.prometheus, values), policy.poll});
  if (policy.panic) out.push_back({filledIn(policy.panic->query, values), policy.poll});
  return out;
}

}  // namespace tidewright::control
