#include "operator/control/analysis_feed.h"

#include <algorithm>
#include <utility>

namespace tidewright::control {
namespace {

decide::Observation observed(prometheus::Reading reading) {
  using Kind = decide::Observation::Kind;
  const bool refused = reading.failure == ErrorCode::Invalid;
  return {.kind = refused           ? Kind::Refused
                  : reading.failure ? Kind::NoAnswer
                                    : Kind::Answered,
          .sample = std::move(reading.sample),
          .at = *reading.answeredAt};
}

bool serves(const std::vector<decide::ReplicaSetView>& sets, const std::string& revision) {
  return std::ranges::any_of(sets, [&revision](const decide::ReplicaSetView& set) {
    return set.revision == revision && std::min(set.available, set.replicas) > 0;
  });
}

}  // namespace

std::vector<decide::RolloutEvent> judge(const api::ScaledApp& app, const std::string& shard, const ReadReading& read,
                                        decide::RolloutInput& in, WallTime now) {
  if (in.spec.analysis.empty()) return {};
  decide::AnalysisInput analysis{
      .spec = in.spec, .status = in.status, .target = in.target.hash, .paused = in.paused, .seen = {}};
  const api::Placeholders values = placeholdersOf(app, shard, in.status);
  for (const api::AnalysisMetric& metric : in.spec.analysis) {
    std::optional<prometheus::Reading> reading = read(filledIn(metric.prometheus, values));
    if (reading) analysis.seen.emplace(metric.name, observed(*std::move(reading)));
  }
  decide::Analysis found = decide::analyse(analysis, now);
  in.background = std::move(found.background);
  in.stepAnalysis = std::move(found.step);
  in.status.rollout.analysis = std::move(found.metrics);
  return std::move(found.events);
}

Measuring planMeasurements(const api::ScaledApp& app, const std::string& shard, const decide::RolloutInput& in,
                           decide::RolloutDecision& decision, WallTime now) {
  Measuring out;
  const api::Placeholders values = placeholdersOf(app, shard, decision.status);
  const bool served = serves(in.replicaSets, decision.status.currentRevision);
  for (const decide::DueMeasurement& due : decide::beginAnalysis(in.spec, decision.status, in.paused, served, now)) {
    if (due.at <= now) {
      out.queries.push_back({filledIn(due.metric->prometheus, values), due.metric->interval});
    } else if (!out.lookAgain || due.at < *out.lookAgain) {
      out.lookAgain = due.at;
    }
  }
  return out;
}

}  // namespace tidewright::control
