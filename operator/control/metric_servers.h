#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "operator/prometheus/poller.h"

namespace tidewright::control {

/// Which Prometheus a query goes to. Connections are made once and kept. Thread-safe.
class MetricServers {
 public:
  using Connect =
      std::function<Result<std::unique_ptr<http::Transport>>(const std::string& address, const api::QueryTls& tls)>;

  /// `defaultAddress` may be empty: then every query has to name its own. `connect` makes a transport.
  MetricServers(std::string defaultAddress, Connect connect)
      : defaultAddress_(std::move(defaultAddress)), connect_(std::move(connect)) {}

  /// Invalid with what to change when no server is named, or when the query needs a Secret, which this version does not
  /// read.
  [[nodiscard]] Result<prometheus::Server> find(const api::Query& request);

 private:
  const std::string defaultAddress_;
  const Connect connect_;
  std::mutex mutex_;
  std::map<std::pair<std::string, api::QueryTls>, std::shared_ptr<http::Transport>> known_;
};

}  // namespace tidewright::control
