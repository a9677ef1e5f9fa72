#include "operator/kube/queue_state.h"

#include <algorithm>
#include <iterator>

#include "operator/kube/backoff.h"

namespace tidewright::kube {
namespace {

constexpr int kHighsBeforeALow = 7;

}  // namespace

bool QueueState::add(const ObjectKey& key, Priority priority, MonoTime due, Cause cause) {
  Wanted wanted{priority, cause, due, turns_++};
  const auto merge = [&wanted](const Wanted& earlier) {
    wanted.priority = std::min(wanted.priority, earlier.priority);
    wanted.cause = std::max(wanted.cause, earlier.cause);
    if (earlier.due <= wanted.due) {
      wanted.due = earlier.due;
      wanted.turn = earlier.turn;
    }
  };
  if (const auto at = working_.find(key); at != working_.end()) {
    const bool isNew = !at->second;
    if (at->second) merge(*at->second);
    at->second = wanted;
    return isNew;
  }
  const auto at = waiting_.find(key);
  if (at == waiting_.end()) {
    enqueue(key, wanted);
    return true;
  }
  merge(at->second);
  lane(at->second.priority).erase({at->second.due, at->second.turn});
  waiting_.erase(at);
  enqueue(key, wanted);
  return false;
}

void QueueState::enqueue(const ObjectKey& key, const Wanted& wanted) {
  waiting_.emplace(key, wanted);
  lane(wanted.priority).emplace(Turn{wanted.due, wanted.turn}, key);
}

std::optional<QueueState::Taken> QueueState::take(MonoTime now) {
  const auto isDue = [&](Priority priority) {
    return !lane(priority).empty() && lane(priority).begin()->first.first <= now;
  };
  const bool high = isDue(Priority::High);
  const bool low = isDue(Priority::Low);
  if (!high && !low) return std::nullopt;
  const bool takeHigh = high && (!low || highsInARow_ < kHighsBeforeALow);
  highsInARow_ = takeHigh && low ? highsInARow_ + 1 : 0;

  const Priority priority = takeHigh ? Priority::High : Priority::Low;
  auto node = lane(priority).extract(lane(priority).begin());
  Taken taken{std::move(node.mapped()), priority, node.key().first};
  const auto waited = waiting_.find(taken.key);
  taken.cause = waited->second.cause;
  waiting_.erase(waited);
  working_.emplace(taken.key, std::nullopt);
  return taken;
}

void QueueState::done(const ObjectKey& key) {
  const auto node = working_.extract(key);
  if (!node.empty() && node.mapped()) enqueue(key, *node.mapped());
}

std::optional<MonoTime> QueueState::nextDue() const {
  std::optional<MonoTime> next;
  for (const auto& lane : lanes_) {
    if (!lane.empty() && (!next || lane.begin()->first.first < *next)) next = lane.begin()->first.first;
  }
  return next;
}

std::chrono::nanoseconds QueueState::failed(const ObjectKey& key) {
  using namespace std::chrono_literals;
  return doubled(5ms, 1000s, failures_[key]++);
}

std::size_t QueueState::depth(MonoTime now) const {
  std::size_t due = 0;
  for (const auto& lane : lanes_) {
    due += static_cast<std::size_t>(std::distance(lane.begin(), lane.upper_bound({now, UINT64_MAX})));
  }
  return due;
}

}  // namespace tidewright::kube
