#include "operator/control/turns.h"

#include <algorithm>

namespace tidewright::control {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kEach = std::chrono::milliseconds(200);
constexpr std::int64_t kAtOnce = 10;
constexpr std::chrono::seconds kBusy{1};
constexpr int kMovedForStood = 10;

/// By how much the line has to have moved for that place, counted from 0.
constexpr nanoseconds distance(std::int64_t place) { return kEach * (place + 1); }

}  // namespace

MonoTime Turns::standsUntil() const { return std::min(busyUntil_, at_ + mayStand_); }

void Turns::advance(MonoTime now) {
  const nanoseconds most = kEach * (given_ + kAtOnce);
  if (moved_) {
    const nanoseconds passed = now - at_;
    const nanoseconds stood = std::clamp<nanoseconds>(standsUntil() - at_, nanoseconds(0), passed);
    moved_ = std::min(most, *moved_ + passed - stood);
    mayStand_ = std::min<nanoseconds>(kLongestStand, mayStand_ - stood + (passed - stood) / kMovedForStood);
  } else {
    moved_ = most;
  }
  at_ = now;
}

std::optional<WallTime> Turns::waitsUntil(const kube::ObjectKey& app) {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono();
  advance(now);
  const auto [place, isNew] = places_.try_emplace(app, given_);
  if (isNew) held_.insert(given_++);
  const nanoseconds left = distance(place->second) - *moved_;
  if (left <= nanoseconds(0)) return std::nullopt;
  return clock_.wall() + left + std::max(nanoseconds(0), standsUntil() - now);
}

void Turns::leave(const kube::ObjectKey& app) {
  const std::lock_guard lock(mutex_);
  giveUp(app);
}

void Turns::failed(const kube::ObjectKey& app) {
  const std::lock_guard lock(mutex_);
  const auto place = places_.find(app);
  if (place == places_.end()) return;
  advance(clock_.mono());
  if (distance(place->second) <= *moved_) giveUp(app);
}

void Turns::giveUp(const kube::ObjectKey& app) {
  const auto left = places_.extract(app);
  if (left.empty()) return;
  advance(clock_.mono());
  held_.erase(left.mapped());
  moved_ = std::max(*moved_, kEach * (held_.empty() ? given_ : *held_.begin()));
}

void Turns::changed(int count) {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono();
  advance(now);
  for (int i = 0; i < count; ++i) {
    if (!changes_.take(now)) busyUntil_ = now + kBusy;
  }
}

}  // namespace tidewright::control
