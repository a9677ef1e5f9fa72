#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/clock.h"
#include "operator/http/transport.h"
#include "operator/result.h"

namespace tidewright::cli {

struct SimulateOptions {
  std::string file;                  ///< A ScaledApp with spec.autoscaling
  std::vector<std::string> samples;  ///< See loadFromFiles
  std::string prometheus;            ///< The server's address; one of the two is given
  std::string from, to;              ///< RFC 3339, seconds since 1970, or how long ago
  std::optional<int32_t> start;      ///< Pods at the beginning; none: minReplicas, at least 1
  std::chrono::seconds startup{0};   ///< Until a new pod is ready
  bool atSamples = false;            ///< Looks at the times of the samples, not every pollSeconds
  std::string svg;                   ///< A file to write
  std::string csv;                   ///< A file to write, a line a tick
  std::string against;               ///< Another ScaledApp under the same load
};

/// What a simulation needs of the world.
struct Surroundings {
  const Clock& clock;
  std::function<void(std::string_view text)> print;
  std::function<Result<std::unique_ptr<http::Transport>>(const std::string& address)> connect;
};

/// Prints what the operator would have done under a recorded load. No cluster is asked.
[[nodiscard]] Result<int> run(const SimulateOptions& options, const Surroundings& with);

}  // namespace tidewright::cli
