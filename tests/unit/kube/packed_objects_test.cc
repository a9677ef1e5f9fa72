#include "operator/packed.h"

#include <gtest/gtest.h>

#include "operator/kube/objects.h"

namespace tidewright::kube {
namespace {

template <class T>
T there(const T& value) {
  return Packed(value).as<T>();
}

ObjectMeta fullMeta() {
  return {.ns = "shop",
          .name = "web",
          .uid = "0a1b",
          .resourceVersion = "12345",
          .generation = 7,
          .labels = {{"a", "1"}, {"b", ""}},
          .annotations = {{"long", std::string(70'000, 'x')}},
          .owner = {.uid = "u", .kind = "ScaledApp", .name = "o"},
          .creationTimestamp = WallTime(std::chrono::nanoseconds(1'800'000'000'123'456'789)),
          .deletionTimestamp = WallTime(std::chrono::seconds(-1))};
}

struct Numbers {
  std::int64_t a, b, c;
  std::int32_t d;
  bool e;
  PodPhase f;
  static constexpr auto kFields =
      std::tuple(&Numbers::a, &Numbers::b, &Numbers::c, &Numbers::d, &Numbers::e, &Numbers::f);
  bool operator==(const Numbers&) const = default;
};

TEST(Packed, GivesBackNumbersOfAnySizeAndSign) {
  const Numbers numbers{INT64_MIN, INT64_MAX, -64, INT32_MIN, true, PodPhase::Unknown};
  EXPECT_EQ(there(numbers), numbers);
  EXPECT_EQ(there(Numbers{}), Numbers{});
}

TEST(Packed, GivesBackEveryKindOfObject) {
  const Pod pod{.meta = fullMeta(),
                .phase = PodPhase::Running,
                .ready = true,
                .readySince = WallTime(std::chrono::seconds(5)),
                .restarts = 2,
                .troubles = {{.name = "c",
                              .init = true,
                              .restartCount = 3,
                              .waitingReason = "CrashLoopBackOff",
                              .waitingMessage = "m",
                              .exitCode = -1,
                              .exitReason = "Error",
                              .exitMessage = "e"},
                             {}},
                .reason = "Evicted",
                .unschedulable = "no room",
                .nodeName = "n",
                .podIP = "10.0.0.1"};
  EXPECT_EQ(there(pod), pod);
  const ReplicaSet set{.meta = fullMeta(),
                       .specReplicas = 5,
                       .replicas = 4,
                       .readyReplicas = 3,
                       .availableReplicas = 2,
                       .observedGeneration = 9};
  EXPECT_EQ(there(set), set);
  const Service service{
      .meta = fullMeta(),
      .type = "NodePort",
      .clusterIP = "None",
      .sessionAffinity = "ClientIP",
      .selector = {{"app", "web"}},
      .ports = {{.name = "http", .protocol = "UDP", .port = 80, .targetPort = "http", .nodePort = 30'000}}};
  EXPECT_EQ(there(service), service);
  const EndpointSlice slice{.meta = fullMeta(),
                            .serviceName = "web",
                            .endpoints = {{.podName = "p",
                                           .podUid = "u",
                                           .address = "10.0.0.1",
                                           .ready = false,
                                           .serving = false,
                                           .terminating = true}}};
  EXPECT_EQ(there(slice), slice);
  const PodDisruptionBudget budget{
      .meta = fullMeta(),
      .selector = LabelSelector{{{.key = "app", .op = LabelRequirement::Operator::NotIn, .values = {"a", "b"}}}},
      .minAvailable = "50%",
      .maxUnavailable = "1",
      .currentHealthy = 1,
      .desiredHealthy = 2,
      .disruptionsAllowed = 3,
      .observedGeneration = 4};
  EXPECT_EQ(there(budget), budget);
  EXPECT_EQ(there(Pod{}), Pod{});
  EXPECT_EQ(there(PodDisruptionBudget{}), PodDisruptionBudget{});
  const DataObject data{.meta = fullMeta(), .dataHash = "h"};
  EXPECT_EQ(there(data), data);
}

TEST(Packed, TakesAThirdOfTheObject) {
  Pod pod{.meta = {
              .ns = "shop", .name = "web-7kd5f6pqbs-abcde", .uid = std::string(36, 'u'), .resourceVersion = "1234567"}};
  pod.meta.owner = {.uid = std::string(36, 'o'), .kind = "ReplicaSet", .name = "web-7kd5f6pqbs"};
  EXPECT_LT(Packed(pod).bytes().size(), sizeof(Pod) / 3);
}

}  // namespace
}  // namespace tidewright::kube
