#include "operator/control/metric_feed.h"

namespace tidewright::control {
namespace {

/// What a MetricSource says of a query between its subscription and the first answer.
constexpr std::string_view kNotAsked = "not asked yet";

}  // namespace

void MetricFeed::want(const kube::ObjectKey& app, std::vector<api::Query> queries, std::chrono::seconds poll) {
  Wanted before;  // Ends its subscriptions after the lock is gone.
  const std::lock_guard lock(mutex_);
  const auto known = wanted_.find(app);
  if (known == wanted_.end() && queries.empty()) return;
  if (known != wanted_.end() && known->second.queries == queries && known->second.poll == poll) return;
  if (known != wanted_.end()) {
    before = std::move(known->second);
    wanted_.erase(known);
  }
  if (queries.empty()) return;
  Wanted wanted{.queries = std::move(queries), .poll = poll, .subscriptions = {}};
  for (const api::Query& query : wanted.queries) {
    wanted.subscriptions.push_back(
        source_.subscribe(query, poll, [&queue = queue_, app] { queue.add(app, kube::Priority::Low); }));
  }
  wanted_.emplace(app, std::move(wanted));
}

std::optional<api::Sample> MetricFeed::read(const api::Query& query) const {
  prometheus::Reading reading = source_.read(query);
  const auto* unknown = std::get_if<api::Unknown>(&reading.sample);
  if (unknown != nullptr && unknown->reason == kNotAsked) return std::nullopt;
  return std::move(reading.sample);
}

}  // namespace tidewright::control
