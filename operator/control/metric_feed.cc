#include "operator/control/metric_feed.h"

#include <algorithm>
#include <utility>

namespace tidewright::control {

void MetricFeed::want(const kube::ObjectKey& app, const std::vector<AskedQuery>& queries) {
  // Subscribing and its end call out, so neither is done under the lock. What ends does so after what takes its place
  // has begun.
  std::vector<std::unique_ptr<prometheus::Subscription>> ended;
  for (const Groups::value_type& begun : regroup(app, queries, ended)) subscribe(begun.first, *begun.second);
}

std::vector<MetricFeed::Groups::value_type> MetricFeed::regroup(
    const kube::ObjectKey& app, const std::vector<AskedQuery>& queries,
    std::vector<std::unique_ptr<prometheus::Subscription>>& ended) {
  std::vector<Groups::value_type> begun;
  const std::lock_guard lock(mutex_);
  const auto known = wanted_.find(app);
  const std::vector<Groups::iterator> before = known == wanted_.end() ? std::vector<Groups::iterator>{} : known->second;
  const auto isAsked = [](const Groups::iterator& group, const AskedQuery& asked) { return group->first == asked; };
  if (std::ranges::equal(before, queries, isAsked)) return begun;

  std::vector<Groups::iterator> wanted;
  for (const AskedQuery& asked : queries) {
    const auto [group, isNew] = groups_.try_emplace(asked);
    if (std::ranges::find(wanted, group) != wanted.end()) continue;
    wanted.push_back(group);
    if (isNew) group->second = std::make_shared<Group>();
    if (std::ranges::find(before, group) == before.end()) group->second->audience->join(app);
    if (isNew) begun.push_back(*group);
  }
  for (const Groups::iterator& group : before) {
    if (std::ranges::find(wanted, group) != wanted.end() || group->second->audience->leave(app)) continue;
    group->second->isOver = true;
    ended.push_back(std::move(group->second->subscription));
    groups_.erase(group);
  }
  if (wanted.empty()) {
    wanted_.erase(app);
  } else {
    wanted_.insert_or_assign(app, std::move(wanted));
  }
  return begun;
}

void MetricFeed::subscribe(const AskedQuery& asked, Group& group) {
  auto subscription = source_.subscribe(asked.query, asked.interval, [&queue = queue_, audience = group.audience] {
    for (const kube::ObjectKey& app : audience->apps()) queue.add(app, kube::Priority::Low, kube::Cause::Tick);
  });
  const std::lock_guard lock(mutex_);
  // Everybody may have left meanwhile.
  if (!group.isOver) group.subscription = std::move(subscription);
}

void MetricFeed::Audience::join(const kube::ObjectKey& app) {
  const std::lock_guard lock(mutex_);
  apps_.push_back(app);
}

bool MetricFeed::Audience::leave(const kube::ObjectKey& app) {
  const std::lock_guard lock(mutex_);
  std::erase(apps_, app);
  return !apps_.empty();
}

std::vector<kube::ObjectKey> MetricFeed::Audience::apps() const {
  const std::lock_guard lock(mutex_);
  return apps_;
}

std::optional<prometheus::Reading> MetricFeed::read(const api::Query& query) const {
  prometheus::Reading reading = source_.read(query);
  if (!reading.answeredAt) return std::nullopt;
  return reading;
}

}  // namespace tidewright::control
