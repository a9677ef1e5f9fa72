// A canary whose weight an HTTPRoute carries, on a cluster and a gateway that only pretend.
#include "operator/decide/routed_canary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "operator/decide/canary_steps.h"
#include "operator/decide/rollout.h"
#include "tests/unit/decide/rollout_fixtures.h"

namespace tidewright::decide {
namespace {

using testing::HasSubstr;

/// Pods are ready one look after they were asked for; the Services and the route are what the last decision made them.
struct Gateway {
  Gateway() {
    in.spec.strategy = api::RolloutStrategy::Canary;
    in.spec.steps = {api::SetWeight{20}, api::Pause{}, api::SetWeight{50}};
    in.target = revision("old");
    in.replicaSets = {set("old", {.replicas = 4, .available = 4, .promoted = true})};
    in.desired = 4;
    in.route = RouteView{.known = true, .stableRevision = "old", .canaryRevision = "old", .stableServing = 4};
  }

  ReplicaSetView* find(const std::string& hash) {
    for (ReplicaSetView& one : in.replicaSets) {
      if (one.revision == hash) return &one;
    }
    return nullptr;
  }
  int32_t available(const std::string& hash) {
    const ReplicaSetView* one = find(hash);
    return one == nullptr ? 0 : std::min(one->available, one->replicas);
  }
  int32_t size(const std::string& hash) {
    const ReplicaSetView* one = find(hash);
    return one == nullptr ? 0 : one->replicas;
  }

  /// One look, its writes in their order, and what must hold after each.
  bool look() {
    now += seconds(1);
    const RolloutDecision decision = decideRollout(in, now);
    in.command.reset();
    in.status = decision.status;
    last = decision;
    bool moved = false;
    const auto note = [&moved](auto& field, const auto& value) {
      moved = moved || field != value;
      field = value;
    };
    RouteView& route = *in.route;
    const std::string stable = decision.status.stableRevision;
    const std::string current = decision.rolledBack ? stable : decision.status.currentRevision;
    note(route.stableRevision, stable);
    note(route.canaryRevision, decision.canaryRevision.empty() ? current : decision.canaryRevision);
    check("the Services");
    if (decision.route && decision.route->weight) {
      if (!route.taken) user = route.lowest;
      note(route.taken, true);
      note(route.lowest, *decision.route->weight);
      route.highest = route.lowest;
    } else if (decision.route && route.taken) {
      note(route.taken, false);
      note(route.lowest, user);
      route.highest = route.lowest;
    }
    check("the route");
    for (const RolloutAction& action : decision.actions) {
      moved = true;
      carryOut(action);
      check("a ReplicaSet");
    }
    return moved;
  }

  void carryOut(const RolloutAction& action) {
    if (const auto* create = std::get_if<CreateReplicaSet>(&action)) {
      ReplicaSetView made = set(create->revision.hash, {.replicas = create->replicas, .available = 0, .number = 2});
      made.record = create->record;
      made.createdAt = now;
      in.replicaSets.push_back(made);
    } else if (const auto* update = std::get_if<UpdateReplicaSet>(&action)) {
      for (ReplicaSetView& one : in.replicaSets) {
        if (one.name != update->name) continue;
        if (update->replicas) one.replicas = *update->replicas;
        auto annotations = annotationsOf(one.record);
        for (const auto& [name, value] : update->annotations) {
          if (value) annotations[name] = *value;
          if (!value) annotations.erase(name);
        }
        one.record = recordFrom(annotations);
      }
    } else {
      std::erase_if(in.replicaSets,
                    [&](const auto& one) { return one.name == std::get<DeleteReplicaSet>(action).name; });
    }
  }

  /// Nobody is sent where there is no pod while there are some elsewhere.
  void check(const char* after) {
    const RouteView& route = *in.route;
    if (in.desired == 0 || forgiving) return;
    const auto serves = [&](const std::string& revision) { return available(revision) > 0; };
    const bool stable = serves(route.stableRevision), canary = serves(route.canaryRevision);
    // Where neither side serves, no weight is right.
    EXPECT_FALSE(route.highest > 0 && !canary && stable) << after << " at " << route.highest << " %";
    EXPECT_FALSE(route.highest < 100 && !stable && canary) << after << " at " << route.highest << " %";
  }

  void podsCome() {
    for (ReplicaSetView& one : in.replicaSets) {
      one.available = one.ready = broken == one.revision ? 0 : one.replicas;
      one.pods = one.replicas;
    }
    in.route->stableServing = available(in.route->stableRevision);
  }

  /// Until nothing moves any more.
  void settle() {
    for (int i = 0; i < 100; ++i) {
      const bool moved = look();
      podsCome();
      if (!moved && !look()) return;
      podsCome();
    }
    ADD_FAILURE() << "it does not come to rest";
  }

  void command(Command asked) {
    in.command = asked;
    settle();
  }

  RolloutInput in;
  RolloutDecision last;
  WallTime now = t0;
  int32_t user = 0;
  bool forgiving = false;
  std::string broken;
};

TEST(RoutedCanary, AtRestTheRouteIsTheUsers) {
  Gateway gateway;
  gateway.in.route->lowest = gateway.in.route->highest = 50;
  EXPECT_FALSE(gateway.look());
  EXPECT_FALSE(gateway.last.route.has_value());
}

TEST(RoutedCanary, TheStableSideStaysWholeBesideIt) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.settle();
  EXPECT_EQ(gateway.in.route->lowest, 20);
  EXPECT_EQ(gateway.size("old"), 4);
  EXPECT_EQ(gateway.size("new"), 1);
  EXPECT_EQ(gateway.in.status.rollout.weight, 20);
  EXPECT_EQ(gateway.in.status.rollout.stepIndex, 1);
}

TEST(RoutedCanary, GoesToItsEndAndGivesTheWeightsBack) {
  Gateway gateway;
  gateway.in.route->lowest = gateway.in.route->highest = 7;  // The user's own, whatever he means by it.
  gateway.in.target = revision("new");
  gateway.settle();
  gateway.command(Command::Promote);
  EXPECT_TRUE(gateway.last.complete);
  EXPECT_EQ(gateway.in.status.stableRevision, "new");
  EXPECT_EQ(gateway.size("new"), 4);
  EXPECT_EQ(gateway.size("old"), 0);
  EXPECT_FALSE(gateway.in.route->taken);
  EXPECT_EQ(gateway.in.route->lowest, 7);
}

TEST(RoutedCanary, NoWeightWithoutPods) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.broken = "new";
  gateway.settle();
  EXPECT_EQ(gateway.size("new"), 1);
  EXPECT_EQ(gateway.in.route->highest, 0);
}

TEST(RoutedCanary, ACanaryThatLosesItsPodsLosesItsRequests) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.settle();
  gateway.forgiving = true;
  gateway.find("new")->available = 0;
  EXPECT_TRUE(gateway.look());
  EXPECT_EQ(gateway.in.route->highest, 0);
}

TEST(RoutedCanary, AnAnalysisThatCannotTellKeepsItsWeightAndItsPods) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.settle();
  gateway.in.background = Verdict{Verdict::Result::Inconclusive, "no data"};
  gateway.in.spec.steps[1] = api::SetWeight{60};
  gateway.in.status.rollout.stepsHash = stepsHash(gateway.in.spec.steps);
  gateway.settle();
  EXPECT_EQ(gateway.in.route->lowest, 20);
  EXPECT_EQ(gateway.size("new"), 1);
  gateway.in.background->result = Verdict::Result::Running;
  gateway.settle();
  EXPECT_NE(gateway.in.route->lowest, 20);
}

TEST(RoutedCanary, AbortTakesTheRequestsBeforeThePods) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.settle();
  gateway.in.command = Command::Abort;
  EXPECT_TRUE(gateway.look());
  EXPECT_EQ(gateway.in.route->highest, 0);
  EXPECT_EQ(gateway.size("new"), 1) << "whoever is on his way to it still finds it";
  gateway.settle();
  EXPECT_EQ(gateway.size("new"), 0);
  EXPECT_EQ(gateway.in.route->canaryRevision, "old");
  EXPECT_FALSE(gateway.in.route->taken);
}

TEST(RoutedCanary, OneOfWhichAPodNeverComesIsUndone) {
  Gateway t;
  t.in.desired = 3;
  t.in.replicaSets = {set("old", {.replicas = 3, .available = 3, .promoted = true})};
  t.in.spec.steps = {api::SetWeight{40}, api::Pause{}};
  t.in.spec.progressDeadline = seconds(30);
  t.in.target = revision("new");
  bool undone = false;
  for (int i = 0; i < 60; ++i) {
    t.look();
    undone = undone || t.last.rolledBack;
    t.podsCome();
    // Its share of three pods is two, of which the second never starts.
    if (ReplicaSetView* canary = t.find("new")) canary->available = canary->ready = std::min(canary->replicas, 1);
  }
  EXPECT_TRUE(undone);
  EXPECT_EQ(t.size("new"), 0);
}

TEST(RoutedCanary, AnotherRevisionInTheMiddleBeginsAtZero) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.settle();
  gateway.in.target = revision("newer");
  EXPECT_TRUE(gateway.look());
  EXPECT_EQ(gateway.in.route->canaryRevision, "new");
  EXPECT_EQ(gateway.in.route->highest, 0);
  gateway.settle();
  EXPECT_EQ(gateway.in.route->canaryRevision, "newer");
  EXPECT_EQ(gateway.in.route->lowest, 20);
  EXPECT_EQ(gateway.size("new"), 0);
}

TEST(RoutedCanary, FollowsTheCount) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.settle();
  gateway.in.desired = 16;
  gateway.settle();
  EXPECT_EQ(gateway.size("old"), 16);
  EXPECT_EQ(gateway.size("new"), 4);
  gateway.in.desired = 4;
  gateway.settle();
  EXPECT_EQ(gateway.size("old"), 4);
  EXPECT_EQ(gateway.size("new"), 1);
  EXPECT_EQ(gateway.in.route->lowest, 20);
}

TEST(RoutedCanary, WaitsForARouteThatCannotBeRead) {
  Gateway gateway;
  gateway.in.route->known = false;
  gateway.in.route->trouble = "HTTPRoute shop/web does not exist";
  gateway.in.target = revision("new");
  EXPECT_FALSE(gateway.look());
  EXPECT_FALSE(gateway.look());
  EXPECT_EQ(gateway.find("new"), nullptr);
  EXPECT_THAT(gateway.in.status.rollout.message, HasSubstr("does not exist"));
  gateway.now += seconds(100'000);
  EXPECT_FALSE(gateway.look()) << "no deadline runs while somebody has to act";
  EXPECT_FALSE(gateway.last.rolledBack);
  gateway.in.route->known = true;
  gateway.settle();
  EXPECT_EQ(gateway.in.route->lowest, 20);
}

TEST(RoutedCanary, ARouteThatIsLostInTheMiddleKeepsEverything) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.settle();
  gateway.in.route->known = false;
  gateway.in.command = Command::Abort;
  gateway.look();
  EXPECT_EQ(gateway.size("new"), 1) << "the route may still lead there";
  gateway.in.route->known = true;
  gateway.settle();
  EXPECT_EQ(gateway.size("new"), 0);
}

TEST(RoutedCanary, WhilePausedNothingIsLedElsewhere) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.settle();
  gateway.in.paused = true;
  gateway.in.target = revision("newer");
  gateway.look();
  EXPECT_EQ(gateway.in.route->canaryRevision, "new");
}

TEST(RoutedCanary, AnEditedWeightIsPutRight) {
  Gateway gateway;
  gateway.in.target = revision("new");
  gateway.settle();
  gateway.in.route->lowest = gateway.in.route->highest = 90;
  gateway.look();
  EXPECT_EQ(gateway.in.route->highest, 20);
  EXPECT_EQ(gateway.size("new"), 1) << "somebody's edit is no reason for pods";
}

/// Any order of new revisions, commands, counts and late pods: `check` holds after each write, and it ends.
TEST(RoutedCanary, NobodyIsEverSentWhereNoPodIs) {
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    Gateway gateway;
    const auto chance = [&random](unsigned of) { return random() % of == 0; };
    for (int i = 0; i < 60; ++i) {
      if (chance(10)) gateway.in.target = revision(std::string(1, static_cast<char>('a' + random() % 4)));
      if (chance(8)) gateway.in.command = static_cast<Command>(random() % 4);
      if (chance(12)) gateway.in.desired = static_cast<int32_t>(1 + random() % 9);
      if (chance(30)) gateway.in.paused = !gateway.in.paused;
      gateway.look();
      if (!chance(3)) gateway.podsCome();
      if (testing::Test::HasFailure()) FAIL() << "seed " << seed << ", look " << i;
    }
    gateway.in.paused = false;
    gateway.settle();
    gateway.command(Command::PromoteFull);
    ASSERT_FALSE(gateway.in.route->taken) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tidewright::decide
