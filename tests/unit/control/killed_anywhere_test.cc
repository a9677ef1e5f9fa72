// The operator is killed at every single write of what it does, in three ways, and always ends in the same state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/control/small_cluster.h"

namespace tidewright::control {
namespace {

using nlohmann::json;
using Fate = SmallCluster::Fate;

json appSpec(const json& rollout) {
  return {{"replicas", 4},
          {"template",
           {{"metadata", {{"labels", {{"team", "shop"}}}}},
            {"spec",
             {{"containers",
               {{{"name", "web"}, {"image", "web:1"}, {"readinessProbe", {{"tcpSocket", {{"port", 80}}}}}}}}}}}},
          {"service", {{"ports", {{{"port", 80}}}}}},
          {"rollout", rollout}};
}

void newImage(json& spec) { spec["template"]["spec"]["containers"][0]["image"] = "web:2"; }

struct Task {
  const char* name;
  json spec;
  std::function<void(SmallCluster&)> begin;  ///< from rest
  std::size_t leastWrites = 0;               ///< that it takes; fewer would mean that the test tests something else
};

class KilledAnywhere : public testing::TestWithParam<Task> {};

TEST_P(KilledAnywhere, EndsInTheSameState) {
  const Task& task = GetParam();
  SmallCluster undisturbed(task.spec);
  undisturbed.run();
  task.begin(undisturbed);
  undisturbed.run();
  const json wanted = undisturbed.state();
  const auto writes = static_cast<int>(undisturbed.writes().size());
  ASSERT_GE(undisturbed.writes().size(), task.leastWrites) << testing::PrintToString(undisturbed.writes());

  for (int write = 0; write < writes; ++write) {
    for (const Fate fate : {Fate::WrittenAndKilled, Fate::KilledBeforeWriting, Fate::AnswerLost}) {
      SCOPED_TRACE(fmt::format("write {} of {}, {}, fate {}", write, writes,
                               undisturbed.writes()[static_cast<std::size_t>(write)], static_cast<int>(fate)));
      SmallCluster cluster(task.spec);
      cluster.run();
      task.begin(cluster);
      cluster.strike(write, fate);
      cluster.run();
      EXPECT_EQ(cluster.state(), wanted) << json::diff(wanted, cluster.state()).dump(1);
      if (HasFailure()) return;
    }
  }
}

/// Also the very first writes of an app are survived.
TEST(KilledWhileItIsCreated, EndsInTheSameState) {
  const json spec = appSpec({{"strategy", "BlueGreen"}});
  SmallCluster undisturbed(spec);
  undisturbed.run();
  for (int write = 0; write < static_cast<int>(undisturbed.writes().size()); ++write) {
    for (const Fate fate : {Fate::WrittenAndKilled, Fate::KilledBeforeWriting, Fate::AnswerLost}) {
      SCOPED_TRACE(fmt::format("write {}, fate {}", write, static_cast<int>(fate)));
      SmallCluster cluster(spec);
      cluster.strike(write, fate);
      cluster.run();
      EXPECT_EQ(cluster.state(), undisturbed.state()) << json::diff(undisturbed.state(), cluster.state()).dump(1);
      if (HasFailure()) return;
    }
  }
}

void roll(SmallCluster& cluster) { cluster.edit(newImage); }

/// When it has come as far as it does by itself.
std::function<void(SmallCluster&)> rollAndAsk(const char* command) {
  return [command](SmallCluster& cluster) {
    roll(cluster);
    cluster.run();
    cluster.ask(command);
  };
}

void abortAndRetry(SmallCluster& cluster) {
  rollAndAsk("abort")(cluster);
  cluster.run();
  cluster.ask("retry");
}

json autoscaled() {
  json spec = appSpec({{"strategy", "RollingUpdate"}});
  spec["autoscaling"] = {
      {"minReplicas", 2},
      {"maxReplicas", 20},
      {"pollSeconds", 15},
      {"metrics",
       {{{"name", "rps"}, {"prometheus", {{"query", "q"}}}, {"target", {{"type", "AverageValue"}, {"value", "10"}}}}}}};
  return spec;
}

const json kBlueGreenByHand = {{"strategy", "BlueGreen"}, {"blueGreen", {{"autoPromote", false}}}};
/// A second promotion would go on to the third step.
const json kTwoPauses = {{{"setWeight", 20}}, {{"pause", json::object()}}, {{"pause", json::object()}}};
const json kSteps = {{{"setWeight", 20}}, {{"pause", {{"seconds", 10}}}}, {{"setWeight", 50}}, {{"setWeight", 80}}};

INSTANTIATE_TEST_SUITE_P(
    Tasks, KilledAnywhere,
    testing::Values(Task{"Canary", appSpec({{"strategy", "Canary"}, {"steps", kSteps}}), roll, 10},
                    Task{"BlueGreenSwitch", appSpec({{"strategy", "BlueGreen"}}), roll, 5},
                    Task{"RollingUpdate", appSpec({{"strategy", "RollingUpdate"}}), roll, 8},
                    Task{"Recreate", appSpec({{"strategy", "Recreate"}}), roll, 4},
                    Task{"ScaleUp", autoscaled(),
                         [](SmallCluster& cluster) {
                           cluster.edit([](json&) {});
                           cluster.samples.sample = api::Number{160};
                         },
                         4},
                    Task{"Promote", appSpec({{"strategy", "Canary"}, {"steps", kTwoPauses}}), rollAndAsk("promote"), 3},
                    Task{"PromoteBlueGreen", appSpec(kBlueGreenByHand), rollAndAsk("promote"), 5},
                    Task{"Abort", appSpec({{"strategy", "Canary"}, {"steps", kTwoPauses}}), rollAndAsk("abort"), 4},
                    Task{"Retry", appSpec({{"strategy", "Canary"}, {"steps", kTwoPauses}}), abortAndRetry, 4}),
    [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace tidewright::control
