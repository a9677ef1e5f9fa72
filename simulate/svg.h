#pragma once

#include <span>
#include <string>

#include "simulate/chart.h"
#include "simulate/run.h"

namespace tidewright::simulate {

struct NamedRun {
  std::string name;  ///< For the legend, whatever characters it has
  const Run& run;
};

/// A picture of 960 x 420 for a browser or a README: the load as the pods that it needs, and the replicas of each run
/// over it. All runs are of the same load, so the first run's is drawn. At most 900 points a line, so that ten days
/// stay small. Pure.
[[nodiscard]] std::string renderSvg(std::span<const NamedRun> runs, const Scale& scale);

}  // namespace tidewright::simulate
