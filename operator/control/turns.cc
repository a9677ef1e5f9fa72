#include "operator/control/turns.h"

#include <algorithm>
#include <chrono>

namespace tidewright::control {
namespace {

constexpr std::chrono::seconds kBusy{1};
/// Others may never be done.
constexpr std::chrono::minutes kLongestBehind{1};

}  // namespace

std::optional<WallTime> Turns::waitsUntil(const kube::ObjectKey& app) {
  const MonoTime now = clock_.mono();
  const std::lock_guard lock(mutex_);
  const auto [place, isNew] = waiting_.try_emplace(app);
  Turn& turn = place->second;
  if (isNew) turn = {.at = pace_.reserve(now), .asked = now};
  if (turn.at <= now && now < busyUntil_ && now < turn.asked + kLongestBehind) {
    turn.at = std::max(pace_.reserve(now), busyUntil_);
  }
  if (turn.at > now) return clock_.wall() + (turn.at - now);
  waiting_.erase(place);
  return std::nullopt;
}

void Turns::forget(const kube::ObjectKey& app) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(app);
}

void Turns::wrote(int count) {
  const MonoTime now = clock_.mono();
  const std::lock_guard lock(mutex_);
  for (int i = 0; i < count; ++i) {
    if (!others_.take(now)) busyUntil_ = now + kBusy;
  }
}

}  // namespace tidewright::control
