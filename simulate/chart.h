#pragma once

#include <string>

#include "simulate/run.h"

namespace tidewright::simulate {

/// What a pod serves, by the metric that the chart's right axis shows; 0: none has a target per pod.
struct Scale {
  std::string metric;
  double perPod = 0;
};
/// The first metric with a target per pod.
[[nodiscard]] Scale scaleOf(const api::Autoscaling& policy);

/// The run for a terminal: 80 columns, about 20 lines. Bars are the pods that the load needs, the line the pods that
/// were asked for, which is the capacity; what rises above the line is drawn full. Left the pods, right the load that
/// they serve. Pure.
[[nodiscard]] std::string renderChart(const Run& run, const Scale& scale);

}  // namespace tidewright::simulate
