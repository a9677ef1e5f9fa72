#include "operator/control/metric_feed.h"

#include <algorithm>
#include <utility>

namespace tidewright::control {

void MetricFeed::want(const kube::ObjectKey& app, const std::vector<AskedQuery>& queries) {
  const std::lock_guard lock(mutex_);
  const auto known = wanted_.find(app);
  const std::vector<Groups::iterator> before = known == wanted_.end() ? std::vector<Groups::iterator>{} : known->second;
  const auto isAsked = [](const Groups::iterator& group, const AskedQuery& asked) { return group->first == asked; };
  if (std::ranges::equal(before, queries, isAsked)) return;

  std::vector<Groups::iterator> wanted;
  for (const AskedQuery& asked : queries) {
    const Groups::iterator group = groups_.try_emplace(asked).first;
    if (std::ranges::find(wanted, group) != wanted.end()) continue;
    if (std::ranges::find(before, group) == before.end()) join(group, app);
    wanted.push_back(group);
  }
  // After those that take their place have begun.
  for (const Groups::iterator& group : before) {
    if (std::ranges::find(wanted, group) == wanted.end()) leave(group, app);
  }
  if (wanted.empty()) {
    wanted_.erase(app);
  } else {
    wanted_.insert_or_assign(app, std::move(wanted));
  }
}

void MetricFeed::join(Groups::iterator group, const kube::ObjectKey& app) {
  auto& [asked, members] = *group;
  const bool isFirst = !members.audience;
  if (isFirst) members.audience = std::make_shared<Audience>();
  {
    const std::lock_guard lock(members.audience->mutex);
    members.audience->apps.push_back(app);
  }
  if (!isFirst) return;
  members.subscription = source_.subscribe(asked.query, asked.interval, [&queue = queue_, audience = members.audience] {
    std::vector<kube::ObjectKey> told;
    {
      const std::lock_guard heard(audience->mutex);
      told = audience->apps;
    }
    for (const kube::ObjectKey& one : told) queue.add(one, kube::Priority::Low, kube::Cause::Tick);
  });
}

void MetricFeed::leave(Groups::iterator group, const kube::ObjectKey& app) {
  bool isLast = false;
  {
    const std::lock_guard lock(group->second.audience->mutex);
    std::erase(group->second.audience->apps, app);
    isLast = group->second.audience->apps.empty();
  }
  if (isLast) groups_.erase(group);
}

std::optional<prometheus::Reading> MetricFeed::read(const api::Query& query) const {
  prometheus::Reading reading = source_.read(query);
  if (!reading.answeredAt) return std::nullopt;
  return reading;
}

}  // namespace tidewright::control
