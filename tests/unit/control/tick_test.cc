// An app of which nothing is under way: the autoscaler alone looks at it (control/tick.cc).
#include "operator/control/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/control/reconciler_fixtures.h"

namespace tidewright::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// An app of which nothing is under way, as the operator knows it after a look that found nothing to do.
struct Resting : Busy {
  Resting() {
    samples.sample = api::Number{20};
    EXPECT_TRUE(reconcile());
    seen();
    EXPECT_TRUE(reconcile());
    clear();
    EXPECT_TRUE(reconcile());
    EXPECT_THAT(lines(), ElementsAre());
  }
  /// The watch brings what was written.
  void seen() { app(autoscaled(), status()); }
  Result<kube::Requeue> tick(std::chrono::seconds later) {
    clock.advance(later);
    return reconcile(kube::Cause::Tick);
  }
};

TEST(Tick, TicksOfAnAppAtRestWriteNothingAndComeBack) {
  Resting shop;
  for (int i = 0; i < 40; ++i) {
    const Result<kube::Requeue> done = shop.tick(15s);
    ASSERT_TRUE(done);
    ASSERT_TRUE(done->after);
    EXPECT_LE(*done->after, 16s);
  }
  EXPECT_THAT(shop.lines(), ElementsAre());
}

TEST(Tick, ATickThatChangesTheCountIsCarriedOut) {
  Resting shop;
  shop.samples.sample = api::Number{40};
  ASSERT_TRUE(shop.tick(15s));
  ASSERT_NE(shop.find(shop.resize()), nullptr);
  EXPECT_EQ(shop.lines().at(0), "PATCH scaledapps/web/status");
  EXPECT_EQ(shop.find(shop.resize())->body.at("/spec/replicas"_json_pointer), 4);
  EXPECT_THAT(shop.eventReasons(), ElementsAre("ScaledUp"));
}

TEST(Tick, ATickThatFindsAMetricUnknownSaysSo) {
  Resting shop;
  shop.samples.sample = api::Unknown{"cannot connect"};
  ASSERT_TRUE(shop.tick(15s));
  EXPECT_EQ(shop.condition("MetricsAvailable").value("status", ""), "False");
}

TEST(Tick, ATickKeepsWhatIsStoredFresh) {
  Resting shop;
  shop.samples.sample = api::Number{20.5};
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(shop.tick(15s));
  EXPECT_THAT(shop.lines(), ElementsAre("PATCH scaledapps/web/status")) << "once in five minutes";
}

}  // namespace
}  // namespace tidewright::control
