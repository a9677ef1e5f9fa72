#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/api/scaled_app.h"
#include "operator/http/transport.h"
#include "simulate/run.h"

namespace tidewright::cli {

/// Reads the load of an autoscaled app from files: "FILE" for its only metric, or "METRIC=FILE", one for each. Invalid
/// names the file, the line or the metric that is missing.
[[nodiscard]] Result<simulate::Load> loadFromFiles(const api::ScaledApp& app, const std::vector<std::string>& samples);

/// What part of the past.
struct Past {
  WallTime from;
  WallTime to;
};
/// Asks a Prometheus' query_range for each of the app's metrics, at the policy's poll interval, in as many requests as
/// its limit of 11 000 points asks for.
[[nodiscard]] Result<simulate::Load> loadFromPrometheus(const api::ScaledApp& app, http::Transport& server, Past past,
                                                        std::stop_token stop);

}  // namespace tidewright::cli
