#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <utility>

#include "operator/control/unhurried.h"
#include "tests/unit/control/unhurried_fixtures.h"

namespace tidewright::control {
namespace {

/// Half of its time after it has lined up.
struct Waiting : Hurried {
  Waiting() { clock.advance(std::chrono::milliseconds(100)); }
  /// Else it has had to line up anew.
  bool keptItsPlace() {
    app(plain());
    const Result<kube::Requeue> done = reconcile();
    EXPECT_TRUE(done);
    return done->after == std::chrono::milliseconds(100);
  }
};

TEST(UnhurriedPlace, IsKeptWhileItWaits) {
  Waiting s;
  EXPECT_TRUE(s.keptItsPlace());
}

TEST(UnhurriedPlace, IsLeftByWhoseLookFails) {
  Hurried s;
  bool refused = false;
  s.refuses = [&](const Shop::Call&) -> std::optional<Refused> {
    return std::exchange(refused, true) ? std::nullopt : std::optional(Refused{500, "InternalError", "not now"});
  };
  s.clock.advance(std::chrono::milliseconds(200));
  s.app(plain());
  EXPECT_FALSE(s.reconcile());
  s.clear();
  EXPECT_TRUE(s.reconcile());
  EXPECT_EQ(s.find("PATCH scaledapps/web/status"), nullptr) << "others have come meanwhile";
}

TEST(UnhurriedPlace, IsKeptByWhoseLookFailsBeforeItsTurn) {
  Waiting s;
  s.refuses = [](const Shop::Call&) { return std::optional(Refused{500, "InternalError", "not now"}); };
  s.app(plain(3));
  s.replicaSet(2, 2, podTemplate());
  EXPECT_FALSE(s.reconcile());
  s.refuses = nullptr;
  s.firstReplicaSet(2, 0, podTemplate());
  EXPECT_TRUE(s.keptItsPlace());
}

TEST(UnhurriedPlace, OrTurnIsKeptByWhoMetAConflict) {
  Hurried s;
  s.clock.advance(std::chrono::milliseconds(200));
  bool refused = false;
  s.refuses = [&](const Shop::Call&) -> std::optional<Refused> {
    return std::exchange(refused, true) ? std::nullopt
                                        : std::optional(Refused{409, "Conflict", "it has been modified"});
  };
  s.app(plain());
  EXPECT_FALSE(s.reconcile());
  s.clear();
  EXPECT_TRUE(s.reconcile());
  EXPECT_NE(s.find("PATCH scaledapps/web/status"), nullptr);
}

TEST(UnhurriedPlace, IsLeftByWhoIsGone) {
  Waiting s;
  s.caches().apps.remove(*s.caches().apps.get({"shop", "web"}));
  EXPECT_TRUE(s.reconcile());
  EXPECT_FALSE(s.keptItsPlace());
}

TEST(UnhurriedPlace, IsLeftByWhoIsBeingDeleted) {
  Waiting s;
  AppObject ending = *s.caches().apps.get({"shop", "web"});
  ending.meta.deletionTimestamp = s.clock.wall();
  ending.meta.resourceVersion = "900";
  s.caches().apps.put(std::move(ending));
  EXPECT_TRUE(s.reconcile());
  EXPECT_FALSE(s.keptItsPlace());
}

TEST(UnhurriedPlace, IsNoPlaceOfAnotherOfTheSameName) {
  Waiting s;
  AppObject another = *s.caches().apps.get({"shop", "web"});
  another.meta.uid = "u-2";
  another.meta.resourceVersion = "900";
  s.caches().apps.put(std::move(another));
  const Result<kube::Requeue> done = s.reconcile();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->after, std::chrono::milliseconds(200));
}

TEST(UnhurriedPlace, IsLeftByWhoIsRefused) {
  Waiting s;
  s.app({{"replicas", -1}, {"template", podTemplate()}});
  EXPECT_TRUE(s.reconcile());
  EXPECT_FALSE(s.keptItsPlace());
}

TEST(UnhurriedPlace, IsLeftByWhoPointsToATargetNow) {
  Waiting s;
  s.app({{"targetRef", {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "web"}}},
         {"autoscaling", autoscaled()["autoscaling"]}});
  EXPECT_TRUE(s.reconcile());
  EXPECT_FALSE(s.keptItsPlace());
}

}  // namespace
}  // namespace tidewright::control
