#pragma once

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/control/shop.h"

/// Apps that the reconciler's tests begin with.
namespace tidewright::control {

using nlohmann::json;

inline json podTemplate(const std::string& image = "web:1") {
  return {
      {"metadata", {{"labels", {{"team", "shop"}}}}},
      {"spec",
       {{"containers", {{{"name", "web"}, {"image", image}, {"readinessProbe", {{"tcpSocket", {{"port", 80}}}}}}}}}}};
}

inline json plain(int replicas = 2, const std::string& image = "web:1") {
  return {{"replicas", replicas}, {"template", podTemplate(image)}, {"availability", {{"podDisruptionBudget", false}}}};
}

inline json autoscaled(const std::string& image = "web:1") {
  json spec = plain(2, image);
  spec["autoscaling"] = {
      {"minReplicas", 1},
      {"maxReplicas", 20},
      {"metrics",
       {{{"name", "rps"}, {"prometheus", {{"query", "q"}}}, {"target", {{"type", "AverageValue"}, {"value", "10"}}}}}}};
  return spec;
}

/// An app of two pods that has been running for a while.
inline json atRest(const std::string& revision) {
  return {{"observedGeneration", 1},
          {"phase", "Healthy"},
          {"desiredReplicas", 2},
          {"replicas", 2},
          {"stableRevision", revision},
          {"currentRevision", revision},
          {"conditions", {{{"type", "Available"}, {"status", "True"}, {"reason", "x"}, {"message", "y"}}}}};
}

/// Two pods, autoscaled, and a metric that asks for four.
struct Busy : Shop {
  Busy() {
    revision = replicaSet(2, 2, podTemplate());
    app(autoscaled(), atRest(revision));
    samples.sample = api::Number{40};
  }
  [[nodiscard]] std::string resize() const { return "PATCH replicasets/web-" + revision; }
  std::string revision;
};

}  // namespace tidewright::control
