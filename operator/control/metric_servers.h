#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "operator/clock.h"
#include "operator/control/metric_credentials.h"
#include "operator/control/secrets.h"
#include "operator/prometheus/poller.h"

namespace tidewright::control {

/// Which Prometheus a query goes to, and as whom. Connections are kept as long as they are used and as their
/// certificates do not change. Thread-safe.
class MetricServers {
 public:
  using Connect =
      std::function<Result<std::unique_ptr<http::Transport>>(const std::string& address, const ServerTls& tls)>;

  /// `defaultAddress` may be empty: then every query has to name its own. `connect` makes a transport. `secrets` and
  /// `clock` must outlive it.
  MetricServers(std::string defaultAddress, Connect connect, Secrets& secrets, const Clock& clock)
      : defaultAddress_(std::move(defaultAddress)), connect_(std::move(connect)), secrets_(secrets), clock_(clock) {}

  /// An error says what to change when no server is named, or when a Secret is missing or not as it must be. May block
  /// until `stop` while a Secret is read.
  [[nodiscard]] Result<prometheus::Server> find(const api::Query& request, const std::stop_token& stop);

 private:
  struct Known {
    ServerTls tls;
    std::shared_ptr<http::Transport> transport;
    MonoTime usedAt;
  };
  [[nodiscard]] Result<std::shared_ptr<http::Transport>> connectionFor(const std::string& address,
                                                                       const api::Query& request, const ServerTls& tls);
  /// One with these certificates, or nullptr; closes what nobody uses any more.
  [[nodiscard]] std::shared_ptr<http::Transport> knownConnection(const api::Query& key, const ServerTls& tls);

  const std::string defaultAddress_;
  const Connect connect_;
  Secrets& secrets_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<api::Query, Known> known_;  ///< By the request without its text
};

}  // namespace tidewright::control
