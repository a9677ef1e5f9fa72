#include "operator/control/metric_feed.h"

#include <utility>

namespace tidewright::control {

void MetricFeed::want(const kube::ObjectKey& app, const std::vector<AskedQuery>& queries) {
  Subscriptions ended;  // They end after the lock is gone, and after those that take their place have begun.
  const std::lock_guard lock(mutex_);
  const auto known = wanted_.find(app);
  if (known != wanted_.end()) ended = std::move(known->second);
  Subscriptions wanted;
  for (const AskedQuery& asked : queries) {
    if (wanted.contains(asked)) continue;
    if (auto kept = ended.extract(asked)) {
      wanted.insert(std::move(kept));
      continue;
    }
    wanted.emplace(asked, source_.subscribe(asked.query, asked.interval,
                                            [&queue = queue_, app] { queue.add(app, kube::Priority::Low); }));
  }
  if (!wanted.empty()) {
    wanted_.insert_or_assign(app, std::move(wanted));
  } else if (known != wanted_.end()) {
    wanted_.erase(known);
  }
}

std::optional<prometheus::Reading> MetricFeed::read(const api::Query& query) const {
  prometheus::Reading reading = source_.read(query);
  if (!reading.answeredAt) return std::nullopt;
  return reading;
}

}  // namespace tidewright::control
