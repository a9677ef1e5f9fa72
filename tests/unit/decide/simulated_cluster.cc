#include "tests/unit/decide/simulated_cluster.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidewright::decide {
namespace {

using std::chrono::seconds;

constexpr int32_t kLastHealthy = 5;
constexpr int32_t kFirstCrashing = 8;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

bool isHealthy(int32_t version) { return version <= kLastHealthy; }

api::Revision simulatedRevision(int32_t version) {
  return {fmt::format("r{}", version), fmt::format("fingerprint{}", version)};
}

std::vector<ReplicaSetView> SimulatedCluster::views() const {
  std::vector<ReplicaSetView> out;
  out.reserve(sets_.size());
  for (const Set& set : sets_) out.push_back(set.view);
  return out;
}

int64_t SimulatedCluster::replicas() const {
  int64_t sum = 0;
  for (const Set& set : sets_) sum += set.view.replicas;
  return sum;
}

int64_t SimulatedCluster::available() const {
  int64_t sum = 0;
  for (const Set& set : sets_) sum += std::min(set.view.available, set.view.replicas);
  return sum;
}

int32_t SimulatedCluster::available(const std::string& revision) const {
  const auto set = std::ranges::find(sets_, revision, [](const Set& one) { return one.view.revision; });
  return set == sets_.end() ? 0 : std::min(set->view.available, set->view.replicas);
}

std::optional<std::string> SimulatedCluster::write(const RolloutAction& action) {
  return std::visit(Overloaded{[this](const CreateReplicaSet& create) -> std::optional<std::string> {
                                 const std::string name = "web-" + create.revision.hash;
                                 if (find(name) != nullptr) return name + " is created twice";
                                 Set set{.version = create.revision.hash.back() - '0', .pods = {}, .terminating = {}};
                                 set.view = {.name = name,
                                             .revision = create.revision.hash,
                                             .record = recordFrom(annotationsOf(create.record)),
                                             .replicas = create.replicas,
                                             .createdAt = now_};
                                 sets_.push_back(std::move(set));
                                 return std::nullopt;
                               },
                               [this](const UpdateReplicaSet& update) -> std::optional<std::string> {
                                 Set* set = find(update.name);
                                 if (set == nullptr) return update.name + " is resized and is not there";
                                 const bool grows = update.replicas && *update.replicas > set->view.replicas;
                                 if (update.replicas) set->view.replicas = *update.replicas;
                                 auto annotations = annotationsOf(set->view.record);
                                 for (const auto& [name, value] : update.annotations) {
                                   annotations.erase(name);
                                   if (value) annotations.emplace(name, *value);
                                 }
                                 set->view.record = recordFrom(annotations);
                                 if (grows && !set->view.record.failed.empty())
                                   return update.name + " failed and grows";
                                 return std::nullopt;
                               },
                               [this](const DeleteReplicaSet& remove) -> std::optional<std::string> {
                                 const Set* set = find(remove.name);
                                 if (set == nullptr) return remove.name + " is deleted and is not there";
                                 if (set->view.replicas != 0 || set->view.pods != 0)
                                   return remove.name + " is deleted with pods";
                                 std::erase_if(sets_, [&](const Set& one) { return one.view.name == remove.name; });
                                 return std::nullopt;
                               }},
                    action);
}

void SimulatedCluster::passTime(seconds time, Dice& dice, int32_t minReadySeconds, bool lags) {
  now_ += time;
  for (Set& set : sets_) {
    if (lags && dice.oneIn(4)) continue;
    follow(set, dice);
    if (!lags || !dice.oneIn(4)) report(set, minReadySeconds);
  }
}

void SimulatedCluster::follow(Set& set, Dice& dice) const {
  const auto size = static_cast<size_t>(set.view.replicas);
  while (set.pods.size() < size) {
    const WallTime never = now_ + std::chrono::hours(24 * 365);
    set.pods.push_back({isHealthy(set.version) ? now_ + seconds(dice.pick(0, 15)) : never});
    if (set.version >= kFirstCrashing) set.restarts += dice.pick(0, 2);
  }
  if (set.pods.size() > size) {
    // The ReplicaSet controller removes what is not ready first.
    std::ranges::sort(set.pods, {}, &Pod::readyAt);
    while (set.pods.size() > size) {
      set.pods.pop_back();
      set.terminating.push_back(now_ + seconds(dice.pick(0, 8)));
    }
  }
  std::erase_if(set.terminating, [this](WallTime gone) { return gone <= now_; });
}

void SimulatedCluster::report(Set& set, int32_t minReadySeconds) const {
  set.view.ready = set.view.available = 0;
  for (const Pod& pod : set.pods) {
    if (pod.readyAt <= now_) ++set.view.ready;
    if (pod.readyAt + seconds(minReadySeconds) <= now_) ++set.view.available;
  }
  set.view.pods = static_cast<int32_t>(set.pods.size() + set.terminating.size());
  set.view.problems.clear();
  if (set.version >= kFirstCrashing && !set.pods.empty()) {
    set.view.problems = {{.reason = "CrashLoopBackOff", .message = "exit code 1", .restarts = set.restarts}};
  }
}

std::optional<WallTime> SimulatedCluster::nextEvent(int32_t minReadySeconds) const {
  std::optional<WallTime> next;
  const auto consider = [&](WallTime at) {
    // What never becomes ready is no event.
    if (at > now_ && at < now_ + std::chrono::hours(24) && (!next || at < *next)) next = at;
  };
  for (const Set& set : sets_) {
    for (const Pod& pod : set.pods) {
      consider(pod.readyAt);
      consider(pod.readyAt + seconds(minReadySeconds));
    }
    for (const WallTime gone : set.terminating) consider(gone);
  }
  return next;
}

void SimulatedCluster::killPods(Dice& dice) {
  for (Set& set : sets_) {
    for (Pod& pod : set.pods) {
      if (isHealthy(set.version) && dice.oneIn(5)) pod.readyAt = now_ + seconds(dice.pick(1, 15));
    }
  }
}

void SimulatedCluster::deletePods(Dice& dice) {
  for (Set& set : sets_) {
    const auto gone = std::erase_if(set.pods, [&](const Pod&) { return dice.oneIn(4); });
    for (size_t i = 0; i < gone; ++i) set.terminating.push_back(now_ + seconds(dice.pick(0, 8)));
  }
}

SimulatedCluster::Set* SimulatedCluster::find(const std::string& name) {
  const auto found = std::ranges::find(sets_, name, [](const Set& set) { return set.view.name; });
  return found == sets_.end() ? nullptr : &*found;
}

}  // namespace tidewright::decide
