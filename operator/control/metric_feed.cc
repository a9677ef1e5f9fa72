#include "operator/control/metric_feed.h"

#include <utility>

namespace tidewright::control {

void MetricFeed::want(const kube::ObjectKey& app, const std::vector<AskedQuery>& queries) {
  // Subscribing and its end call out, so neither is done under the lock. What ends does so after what takes its place
  // has begun.
  Subscriptions ended = take(app);
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
  if (wanted.empty()) return;
  const std::lock_guard lock(mutex_);
  wanted_.insert_or_assign(app, std::move(wanted));
}

MetricFeed::Subscriptions MetricFeed::take(const kube::ObjectKey& app) {
  const std::lock_guard lock(mutex_);
  auto known = wanted_.extract(app);
  return known ? std::move(known.mapped()) : Subscriptions{};
}

std::optional<prometheus::Reading> MetricFeed::read(const api::Query& query) const {
  prometheus::Reading reading = source_.read(query);
  if (!reading.answeredAt) return std::nullopt;
  return reading;
}

}  // namespace tidewright::control
