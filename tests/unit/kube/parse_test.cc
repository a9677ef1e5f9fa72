#include "operator/kube/parse.h"

#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;

constexpr const char* kPod = R"({
  "kind": "Pod", "apiVersion": "v1",
  "metadata": {
    "name": "web-7d9c-x2x4k", "namespace": "shop", "uid": "u-1", "resourceVersion": "4711", "generation": 2,
    "creationTimestamp": "2026-11-21T04:00:00Z", "deletionTimestamp": "2026-11-21T05:00:00Z",
    "labels": {"app": "web", "tidewright.dev/app": "web", "pod-template-hash": "7d9c"},
    "annotations": {"tidewright.dev/revision": "3", "other.example/huge": "x"},
    "ownerReferences": [
      {"kind": "Node", "name": "n1", "uid": "u-node"},
      {"kind": "ReplicaSet", "name": "web-7d9c", "uid": "u-rs", "controller": true}],
    "managedFields": [{"manager": "kubelet", "fieldsV1": {"f:status": {}}}]},
  "spec": {"nodeName": "n1", "containers": [{"name": "app"}]},
  "status": {
    "phase": "Running", "podIP": "10.1.2.3",
    "conditions": [
      {"type": "PodScheduled", "status": "True"},
      {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T04:00:09Z"}],
    "initContainerStatuses": [
      {"name": "setup", "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}],
    "containerStatuses": [
      {"name": "sidecar", "ready": true, "restartCount": 0, "state": {"running": {}}},
      {"name": "app", "ready": false, "restartCount": 7,
       "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}},
       "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "message": "m"}}}]}})";

TEST(ParsePod, KeepsWhatDecisionsNeed) {
  const Result<Pod> pod = podParser(
      {.labelPrefixes = {"tidewright.dev/", "pod-template-hash"}, .annotationPrefixes = {"tidewright.dev/"}})(kPod);
  ASSERT_TRUE(pod) << pod.error().message();
  EXPECT_EQ(pod->meta.key().toString(), "shop/web-7d9c-x2x4k");
  EXPECT_EQ(pod->meta.uid, "u-1");
  EXPECT_EQ(pod->meta.resourceVersion, "4711");
  EXPECT_EQ(pod->meta.generation, 2);
  EXPECT_EQ(pod->meta.owner.uid, "u-rs") << "the controller, not just any owner";
  EXPECT_EQ(pod->meta.owner.kind, "ReplicaSet");
  EXPECT_EQ(pod->meta.labels.size(), 2U);
  EXPECT_EQ(*find(pod->meta.labels, "pod-template-hash"), "7d9c");
  EXPECT_EQ(find(pod->meta.labels, "app"), nullptr);
  EXPECT_EQ(*find(pod->meta.annotations, "tidewright.dev/revision"), "3");
  EXPECT_EQ(*pod->meta.deletionTimestamp - pod->meta.creationTimestamp, 1h);
  EXPECT_EQ(pod->phase, PodPhase::Running);
  EXPECT_TRUE(pod->ready);
  EXPECT_EQ(*pod->readySince - pod->meta.creationTimestamp, 9s);
  EXPECT_EQ(pod->nodeName, "n1");
  EXPECT_EQ(pod->podIP, "10.1.2.3");
}

TEST(ParsePod, NamesOnlyTheContainersInTrouble) {
  const Result<Pod> pod = podParser()(kPod);
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->restarts, 7);
  ASSERT_EQ(pod->troubles.size(), 1U) << "neither the running one nor the init container that did its work";
  EXPECT_EQ(pod->troubles[0].name, "app");
  EXPECT_EQ(pod->troubles[0].waitingReason, "CrashLoopBackOff");
  EXPECT_EQ(pod->troubles[0].waitingMessage, "back-off 40s");
  EXPECT_EQ(pod->troubles[0].exitCode, 137);
  EXPECT_EQ(pod->troubles[0].exitReason, "OOMKilled");
}

TEST(ParsePod, ANotReadyPodHasNoReadyTimeAndThePendingOneSaysWhy) {
  const Result<Pod> pod = podParser()(R"({"metadata":{"name":"p"},"status":{"phase":"Pending","conditions":[
      {"type":"Ready","status":"False","lastTransitionTime":"2026-11-21T04:00:09Z"},
      {"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available"}]}})");
  ASSERT_TRUE(pod);
  EXPECT_FALSE(pod->ready);
  EXPECT_FALSE(pod->readySince);
  EXPECT_EQ(pod->phase, PodPhase::Pending);
  EXPECT_EQ(pod->unschedulable, "0/1 nodes are available");
}

TEST(ParsePod, FieldsOfAnotherTypeCountAsLeftOut) {
  const Result<Pod> pod = podParser()(R"({"metadata":{"name":"p","labels":[],"ownerReferences":{"a":1},
      "creationTimestamp":null,"generation":"x"},"spec":[],"status":{"phase":3,"conditions":"none",
      "containerStatuses":[null,{"restartCount":99999999999}]}})");
  ASSERT_TRUE(pod) << pod.error().message();
  EXPECT_EQ(pod->phase, PodPhase::Unknown);
  EXPECT_EQ(pod->restarts, 0);
}

TEST(Parse, RefusesWhatIsNoObjectOrHasNoName) {
  for (const char* bad : {"", "{", "[]", "null", R"({"metadata":{}})", R"({"metadata":{"name":"a"}} trailing)"}) {
    const Result<Pod> pod = podParser()(bad);
    ASSERT_FALSE(pod) << bad;
    EXPECT_EQ(pod.error().code(), ErrorCode::Invalid);
  }
}

TEST(ParseReplicaSet, ReadsCounts) {
  const auto set = replicaSetParser({.annotationPrefixes = {""}})(
      R"({"metadata":{"name":"r","annotations":{"a":"1"}},"spec":{"replicas":4},
          "status":{"replicas":3,"readyReplicas":2,"availableReplicas":1,"observedGeneration":9}})");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->specReplicas, 4);
  EXPECT_EQ(set->replicas, 3);
  EXPECT_EQ(set->readyReplicas, 2);
  EXPECT_EQ(set->availableReplicas, 1);
  EXPECT_EQ(set->observedGeneration, 9);
  EXPECT_EQ(set->meta.annotations.size(), 1U) << "the prefix \"\" keeps all";
}

TEST(ParseService, ReadsPortsAndSelector) {
  const auto service = serviceParser()(R"({"metadata":{"name":"s"},"spec":{"type":"NodePort","clusterIP":"10.0.0.9",
      "sessionAffinity":"ClientIP","selector":{"app":"web"},
      "ports":[{"name":"http","port":80,"targetPort":"http","nodePort":30080},{"port":81,"targetPort":8081}]}})");
  ASSERT_TRUE(service);
  EXPECT_EQ(service->type, "NodePort");
  EXPECT_EQ(service->sessionAffinity, "ClientIP");
  EXPECT_EQ(*find(service->selector, "app"), "web");
  ASSERT_EQ(service->ports.size(), 2U);
  EXPECT_EQ(service->ports[0].targetPort, "http");
  EXPECT_EQ(service->ports[0].nodePort, 30080);
  EXPECT_EQ(service->ports[1].targetPort, "8081");
}

TEST(ParseEndpointSlice, WhatIsNotStatedIsReady) {
  const auto slice = endpointSliceParser()(R"({"metadata":{"name":"s-1","labels":{"kubernetes.io/service-name":"s"}},
      "endpoints":[
        {"addresses":["10.1.0.1"],"conditions":{"ready":true,"serving":true,"terminating":false},
         "targetRef":{"kind":"Pod","name":"p1","uid":"u1"}},
        {"addresses":["10.1.0.2"],"conditions":{"ready":false,"serving":true,"terminating":true},
         "targetRef":{"kind":"Pod","name":"p2","uid":"u2"}},
        {"addresses":["10.1.0.3"],"conditions":{}},
        {"conditions":{"ready":false}}]})");
  ASSERT_TRUE(slice);
  EXPECT_EQ(slice->serviceName, "s");
  ASSERT_EQ(slice->endpoints.size(), 4U);
  EXPECT_EQ(slice->endpoints[0].podName, "p1");
  EXPECT_EQ(slice->endpoints[0].podUid, "u1");
  EXPECT_EQ(slice->endpoints[0].address, "10.1.0.1");
  EXPECT_TRUE(slice->endpoints[1].serving && slice->endpoints[1].terminating && !slice->endpoints[1].ready);
  EXPECT_TRUE(slice->endpoints[2].ready && slice->endpoints[2].serving);
  EXPECT_EQ(slice->endpoints[2].podName, "");
  EXPECT_FALSE(slice->endpoints[3].serving) << "serving follows ready where it is not stated";
}

TEST(ParsePodDisruptionBudget, ReadsNumbersAndPercentages) {
  const auto budget = podDisruptionBudgetParser()(R"({"metadata":{"name":"b"},"spec":{"maxUnavailable":"25%"},
      "status":{"currentHealthy":4,"desiredHealthy":3,"disruptionsAllowed":1,"observedGeneration":2}})");
  ASSERT_TRUE(budget);
  EXPECT_EQ(budget->maxUnavailable, "25%");
  EXPECT_EQ(budget->minAvailable, "");
  EXPECT_EQ(budget->disruptionsAllowed, 1);
}

TEST(ParseDataObject, HashesTheDataAndNothingElse) {
  const auto hash = [](std::string_view json) { return dataObjectParser()(json)->dataHash; };
  const std::string base = hash(R"({"metadata":{"name":"c","resourceVersion":"1"},"data":{"a":"1","b":"2"}})");
  EXPECT_EQ(base.size(), 64U);
  EXPECT_EQ(base, hash(R"({"metadata":{"name":"c","resourceVersion":"2"},"data":{"b":"2","a":"1"}})"));
  EXPECT_NE(base, hash(R"({"metadata":{"name":"c"},"data":{"a":"1","b":"3"}})"));
  EXPECT_NE(base, hash(R"({"metadata":{"name":"c"},"data":{"a1":"","b":"2"}})"));
  EXPECT_NE(base, hash(R"({"metadata":{"name":"c"},"binaryData":{"a":"1","b":"2"}})"));
}

TEST(ParseLease, ReadsTheHolder) {
  const auto lease = leaseParser()(R"({"metadata":{"name":"l"},"spec":{"holderIdentity":"me","leaseDurationSeconds":15,
      "leaseTransitions":4,"renewTime":"2026-11-21T04:13:48.123456Z"}})");
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->holderIdentity, "me");
  EXPECT_EQ(lease->leaseDurationSeconds, 15);
  EXPECT_EQ(lease->leaseTransitions, 4);
  EXPECT_TRUE(lease->renewTime);
  EXPECT_FALSE(lease->acquireTime);
}

}  // namespace
}  // namespace tidewright::kube
