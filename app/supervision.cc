#include "app/supervision.h"

#include <algorithm>
#include <utility>

namespace tidewright::app {

Orders Supervision::begin() {
  Orders orders;
  for (int place = 0; place < places_; ++place) orders.emplace_back(StartChild{place});
  return orders;
}

void Supervision::started(int place, pid_t pid, MonoTime now) {
  children_[pid] = Child{place, now};
  if (renewing_ == place) successor_ = pid;
}

Orders Supervision::ready(pid_t pid) {
  const auto found = children_.find(pid);
  if (stopping_ || found == children_.end() || found->second.place != renewing_) return {};
  Orders orders;
  for (auto& [other, child] : children_) {
    if (other == pid || child.place != renewing_ || child.retiring) continue;
    child.retiring = true;
    orders.emplace_back(RetireChild{other});
  }
  // Without a predecessor (it died meanwhile) there is nothing to wait for.
  return orders.empty() ? nextPlace() : orders;
}

Orders Supervision::died(pid_t pid, MonoTime now) {
  const auto found = children_.find(pid);
  if (found == children_.end()) return {};
  const Child child = found->second;
  children_.erase(found);
  if (!stopping_ && !child.retiring && now - child.startedAt < kYoung) ++youngDeaths_;
  if (!stopping_ && gaveUp()) return stopAll();
  if (stopping_) return children_.empty() ? Orders{End{gaveUp() ? 1 : 0}} : Orders{};
  if (child.retiring) return renewing_ == child.place ? nextPlace() : Orders{};
  return afterDeathOf(pid, child.place);
}

Orders Supervision::afterDeathOf(pid_t pid, int place) {
  const auto holds = [place](const auto& entry) { return entry.second.place == place && !entry.second.retiring; };
  if (std::none_of(children_.begin(), children_.end(), holds)) return {StartChild{place}};
  // Two held the place. A successor that fails ends the round and the old one stays; when the old one fails instead,
  // the round goes on once the successor is ready.
  if (pid == successor_) {
    renewing_.reset();
    anotherRound_ = false;
  }
  return {};
}

Orders Supervision::replace() {
  if (stopping_) return {};
  if (renewing_) {
    anotherRound_ = true;
    return {};
  }
  renewing_ = 0;
  return {StartChild{0}};
}

Orders Supervision::nextPlace() {
  const int next = renewing_.value_or(0) + 1;
  if (next < places_) {
    renewing_ = next;
    return {StartChild{next}};
  }
  renewing_.reset();
  if (!std::exchange(anotherRound_, false)) return {};
  return replace();
}

Orders Supervision::stop() { return stopping_ ? Orders{} : stopAll(); }

Orders Supervision::stopAll() {
  stopping_ = true;
  renewing_.reset();
  if (children_.empty()) return {End{gaveUp() ? 1 : 0}};
  Orders orders;
  for (const auto& [pid, child] : children_) orders.emplace_back(StopChild{pid});
  return orders;
}

}  // namespace tidewright::app
