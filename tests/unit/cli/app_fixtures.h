#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/app_view.h"

/// An app in the middle of a canary, as the API server holds it: what the renderers and commands are shown.
namespace tidewright::cli {

inline const WallTime kNow =
    WallTime(std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)) + std::chrono::hours(12);

inline nlohmann::json podTemplate(const std::string& image) {
  return {{"spec", {{"containers", {{{"name", "app"}, {"image", image}}}}}}};
}

/// `status` is laid over that of the canary.
inline nlohmann::json webObject(const nlohmann::json& spec = nlohmann::json::object(),
                                const nlohmann::json& status = nlohmann::json::object()) {
  nlohmann::json object = nlohmann::json::parse(R"({
    "metadata": {"name": "web", "namespace": "shop", "uid": "u-web", "generation": 4, "resourceVersion": "70"},
    "spec": {"replicas": 4,
             "rollout": {"strategy": "Canary", "steps": [{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}]}},
    "status": {"observedGeneration": 4, "phase": "Paused", "desiredReplicas": 4, "replicas": 4, "readyReplicas": 3,
               "updatedReplicas": 1, "availableReplicas": 3,
               "message": "revision bbb: 0 of 4 pods are available; waiting for promote",
               "stableRevision": "aaa", "currentRevision": "bbb",
               "rollout": {"revision": "bbb", "stepIndex": 1, "stepCount": 3, "weight": 0, "desiredWeight": 25,
                           "pausedAt": "2026-11-21T11:59:30Z"}}})");
  object["spec"]["template"] = podTemplate("registry/web:2");
  object["spec"].merge_patch(spec);
  object["status"].merge_patch(status);
  return object;
}

inline nlohmann::json replicaSet(const std::string& revision, int number, const std::string& image, int replicas,
                                 int ready, const std::string& shard = "") {
  nlohmann::json set = {
      {"metadata",
       {{"name", "web-" + revision},
        {"namespace", "shop"},
        {"uid", "u-" + revision + shard},
        {"creationTimestamp", "2026-11-21T11:0" + std::to_string(number) + ":00Z"},
        {"labels", {{"tidewright.dev/app", "web"}, {"tidewright.dev/revision", revision}}},
        {"annotations",
         {{"tidewright.dev/revision-number", std::to_string(number)},
          {"undo.tidewright.dev/source", nlohmann::json{{"template", podTemplate(image)}}.dump()}}},
        {"ownerReferences", {{{"uid", "u-web"}, {"kind", "ScaledApp"}, {"name", "web"}, {"controller", true}}}}}},
      {"spec", {{"replicas", replicas}, {"template", podTemplate(image)}}},
      {"status", {{"replicas", replicas}, {"readyReplicas", ready}, {"availableReplicas", ready}}}};
  if (!shard.empty()) set["metadata"]["labels"]["tidewright.dev/shard"] = shard;
  set["metadata"]["annotations"]["tidewright.dev/template"] =
      api::revisionOf({.podTemplate = podTemplate(image), .shard = shard}).fingerprint;
  return set;
}

inline nlohmann::json pod(const std::string& name, const std::string& revision, bool ready) {
  return {
      {"metadata",
       {{"name", name},
        {"namespace", "shop"},
        {"uid", "u-" + name},
        {"creationTimestamp", "2026-11-21T11:50:00Z"},
        {"ownerReferences", {{{"uid", "u-" + revision}, {"kind", "ReplicaSet"}, {"controller", true}}}}}},
      {"spec", {{"nodeName", "node-1"}}},
      {"status", {{"phase", "Running"}, {"conditions", {{{"type", "Ready"}, {"status", ready ? "True" : "False"}}}}}}};
}

inline nlohmann::json crashing(const std::string& name, const std::string& revision) {
  nlohmann::json broken = pod(name, revision, false);
  broken["status"]["containerStatuses"] = {
      {{"name", "app"},
       {"restartCount", 3},
       {"state",
        {{"waiting", {{"reason", "CrashLoopBackOff"}, {"message", "back-off 40s restarting failed container"}}}}}}};
  return broken;
}

inline std::vector<nlohmann::json> webSets() {
  return {replicaSet("ccc", 1, "registry/web:0", 0, 0), replicaSet("aaa", 2, "registry/web:1", 3, 3),
          replicaSet("bbb", 3, "registry/web:2", 1, 0)};
}

inline std::vector<nlohmann::json> webPods() {
  return {pod("web-aaa-1", "aaa", true), pod("web-aaa-2", "aaa", true), pod("web-aaa-3", "aaa", true),
          crashing("web-bbb-1", "bbb")};
}

inline AppView webView(const nlohmann::json& spec = nlohmann::json::object(),
                       const nlohmann::json& status = nlohmann::json::object()) {
  return viewOf(webObject(spec, status), webSets(), webPods());
}

}  // namespace tidewright::cli
