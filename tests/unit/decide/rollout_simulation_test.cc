// A small cluster in which pods start late, die, flap and take time to go, and in which the count, the template and the
// operator's memory change in the middle. Every single write of the decision is held against the invariants.
#include <algorithm>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "operator/decide/rolling_update.h"
#include "operator/decide/rollout.h"

namespace tidewright::decide {
namespace {

using api::RolloutStrategy;
using std::chrono::seconds;

constexpr WallTime kStart{seconds(1'700'000'000)};

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

struct SimulatedPod {
  WallTime availableAt;  ///< also when it comes back after it died or flapped
};

struct SimulatedSet {
  ReplicaSetView view;
  std::vector<SimulatedPod> pods;
  std::vector<WallTime> terminating;  ///< when each is gone
};

class Cluster {
 public:
  explicit Cluster(uint64_t seed) : random_(seed) {
    spec_.strategy = static_cast<RolloutStrategy>(pick(0, 3));
    spec_.maxSurge = {pick(0, 1) == 0 ? pick(0, 4) : pick(0, 100)};
    spec_.maxSurge.percent = spec_.maxSurge.value > 4 || pick(0, 1) == 0;
    spec_.maxUnavailable = {pick(0, 2), pick(0, 3) == 0};
    spec_.progressDeadline = seconds(pick(30, 120));
    spec_.scaleDownDelay = seconds(pick(0, 20));
    spec_.autoRollback = pick(0, 3) != 0;
    if (spec_.strategy == RolloutStrategy::Canary) {
      for (int32_t i = pick(0, 4); i > 0; --i) {
        if (pick(0, 1) == 0) {
          spec_.steps.emplace_back(api::SetWeight{pick(0, 100)});
        } else {
          spec_.steps.emplace_back(api::Pause{seconds(pick(1, 20))});
        }
      }
    }
    desired_ = pick(0, 9);
  }

  void run() {
    for (int32_t turn = pick(10, 60); turn > 0 && !testing::Test::HasFailure(); --turn) {
      disturb();
      passTime(seconds(pick(0, 12)));
      reconcile(pick(0, 4) == 0 ? pick(0, 2) : 1000);
    }
    converge();
  }

 private:
  int32_t pick(int32_t low, int32_t high) { return std::uniform_int_distribution<int32_t>(low, high)(random_); }

  /// Versions from 6 on never become available.
  [[nodiscard]] static bool healthy(int32_t version) { return version < 6; }
  [[nodiscard]] static int32_t versionOf(const SimulatedSet& set) { return set.view.name.back() - '0'; }
  [[nodiscard]] static api::Revision revisionNamed(int32_t version) {
    return {fmt::format("r{}", version), fmt::format("fingerprint{}", version)};
  }

  void disturb() {
    switch (pick(0, 11)) {
      case 0: desired_ = pick(0, 9); break;
      case 1: version_ = pick(1, 8); break;
      case 2: status_ = {}; break;  // restored from a backup
      case 3: command_ = static_cast<Command>(pick(0, 3)); break;
      case 4: paused_ = !paused_; break;
      case 7:
        verdict_ = pick(0, 2) == 0 ? std::nullopt : std::optional(static_cast<Verdict::Result>(pick(0, 5)));
        break;
      case 5:
      case 6:
        for (SimulatedSet& set : sets_) {
          for (SimulatedPod& pod : set.pods) {
            if (healthy(versionOf(set)) && pick(0, 5) == 0) pod = {now_ + seconds(pick(1, 15))};
          }
        }
        break;
      default: break;
    }
  }

  /// What the ReplicaSet controller and the kubelet do meanwhile.
  void passTime(seconds time) {
    now_ += time;
    for (SimulatedSet& set : sets_) {
      while (static_cast<int32_t>(set.pods.size()) < set.view.replicas) {
        const WallTime never = now_ + std::chrono::hours(24 * 365);
        set.pods.push_back({healthy(versionOf(set)) ? now_ + seconds(pick(0, 15)) : never});
      }
      // The ReplicaSet controller removes what is not available first.
      std::ranges::sort(set.pods, {}, &SimulatedPod::availableAt);
      while (static_cast<int32_t>(set.pods.size()) > set.view.replicas) {
        set.pods.pop_back();
        set.terminating.push_back(now_ + seconds(pick(0, 8)));
      }
      std::erase_if(set.terminating, [this](WallTime gone) { return gone <= now_; });
      set.view.available = static_cast<int32_t>(
          std::ranges::count_if(set.pods, [this](const SimulatedPod& pod) { return pod.availableAt <= now_; }));
      set.view.ready = set.view.available;
      set.view.pods = static_cast<int32_t>(set.pods.size() + set.terminating.size());
    }
  }

  RolloutDecision decide() {
    RolloutInput in{.spec = spec_,
                    .target = revisionNamed(version_),
                    .desired = desired_,
                    .paused = paused_,
                    .revisionHistoryLimit = 3};
    for (const SimulatedSet& set : sets_) in.replicaSets.push_back(set.view);
    std::ranges::shuffle(in.replicaSets, random_);
    in.status = status_;
    in.command = command_;
    if (verdict_) in.background = Verdict{*verdict_, "the analysis says so"};
    return decideRollout(in, now_);
  }

  /// Carries out as many writes as the operator lives for; the status is the last one.
  size_t reconcile(int32_t survivesWrites) {
    RolloutDecision decision = decide();
    command_.reset();
    if (decision.lookAgain) {
      EXPECT_GT(*decision.lookAgain, now_) << "the same decision over and over";
    }
    for (const RolloutAction& action : decision.actions) {
      if (survivesWrites-- <= 0) return decision.actions.size();
      write(action);
      if (testing::Test::HasFailure()) return decision.actions.size();
    }
    if (survivesWrites > 0) status_ = decision.status;
    last_ = std::move(decision);
    return last_.actions.size();
  }

  [[nodiscard]] int64_t available() const {
    int64_t sum = 0;
    for (const SimulatedSet& set : sets_) sum += std::min(set.view.available, set.view.replicas);
    return sum;
  }
  [[nodiscard]] int64_t sum() const {
    int64_t all = 0;
    for (const SimulatedSet& set : sets_) all += set.view.replicas;
    return all;
  }

  void write(const RolloutAction& action) {
    const int64_t availableBefore = available();
    const int64_t sumBefore = sum();
    std::visit(Overloaded{[this](const CreateReplicaSet& create) {
                            const std::string name = "web-" + create.revision.hash;
                            ASSERT_FALSE(find(name)) << "created twice";
                            SimulatedSet set;
                            set.view = {.name = name,
                                        .revision = create.revision.hash,
                                        .record = recordFrom(annotationsOf(create.record)),
                                        .replicas = create.replicas,
                                        .createdAt = now_};
                            sets_.push_back(std::move(set));
                          },
                          [this](const UpdateReplicaSet& update) {
                            SimulatedSet* set = find(update.name);
                            ASSERT_TRUE(set);
                            if (update.replicas) set->view.replicas = *update.replicas;
                            auto annotations = annotationsOf(set->view.record);
                            for (const auto& [name, value] : update.annotations) {
                              annotations.erase(name);
                              if (value) annotations.emplace(name, *value);
                            }
                            set->view.record = recordFrom(annotations);
                          },
                          [this](const DeleteReplicaSet& remove) {
                            const SimulatedSet* set = find(remove.name);
                            ASSERT_TRUE(set);
                            EXPECT_EQ(set->view.pods, 0) << "deleted with pods";
                            std::erase_if(sets_, [&](const SimulatedSet& s) { return s.view.name == remove.name; });
                          }},
               action);
    if (paused_) {
      EXPECT_EQ(sum(), sumBefore) << "a paused app was resized";
    }
    const Limits limits = resolveLimits(spec_.maxSurge, spec_.maxUnavailable, desired_);
    if (spec_.strategy != RolloutStrategy::Recreate && available() < availableBefore) {
      EXPECT_GE(available(), desired_ - limits.unavailable) << "availability lowered from " << availableBefore;
    }
    int64_t cap = int64_t{desired_} + limits.surge;
    if (spec_.strategy == RolloutStrategy::BlueGreen) cap = int64_t{2} * desired_;
    if (spec_.strategy == RolloutStrategy::Recreate) cap = desired_;
    if (sum() > sumBefore) {
      EXPECT_LE(sum(), cap) << "the sum raised from " << sumBefore;
    }
  }

  SimulatedSet* find(const std::string& name) {
    const auto found = std::ranges::find(sets_, name, [](const SimulatedSet& set) { return set.view.name; });
    return found == sets_.end() ? nullptr : &*found;
  }

  /// From here on pods are healthy and nobody interferes: the target must become the whole app, and then rest.
  void converge() {
    if (testing::Test::HasFailure()) return;
    paused_ = false;
    verdict_.reset();
    if (!healthy(version_)) version_ = pick(1, 5);
    command_ = Command::Retry;
    size_t quiet = 0;
    for (int turn = 0; turn < 600 && quiet < 70; ++turn) {
      passTime(seconds(1));
      const size_t writes = reconcile(1000);
      if (testing::Test::HasFailure()) return;
      quiet = writes == 0 && last_.complete ? quiet + 1 : 0;
    }
    EXPECT_GE(quiet, 70U) << "never came to rest: " << last_.progressing.reason << ": " << last_.progressing.message;
    EXPECT_EQ(sum(), desired_);
    EXPECT_EQ(available(), desired_);
    const api::WorkloadStatus before = status_;
    (void)reconcile(1000);
    EXPECT_EQ(status_, before) << "the status changes at the fixed point";
  }

  std::mt19937_64 random_;
  api::RolloutSpec spec_;
  int32_t desired_ = 1;
  int32_t version_ = 1;
  bool paused_ = false;
  std::optional<Verdict::Result> verdict_;
  std::optional<Command> command_;
  api::WorkloadStatus status_;
  std::vector<SimulatedSet> sets_;
  WallTime now_ = kStart;
  RolloutDecision last_;
};

TEST(RolloutSimulation, KeepsTheInvariantsAtEveryWriteAndComesToRest) {
  // TIDEWRIGHT_HISTORIES asks for more than the seconds that an ordinary run has.
  const char* asked = std::getenv("TIDEWRIGHT_HISTORIES");
  const uint64_t histories = asked == nullptr ? 2000 : std::strtoull(asked, nullptr, 10);
  for (uint64_t seed = 1; seed <= histories && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Cluster(seed).run();
  }
}

}  // namespace
}  // namespace tidewright::decide
