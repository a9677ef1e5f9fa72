#include "operator/control/metric_servers.h"

namespace tidewright::control {

Result<prometheus::Server> MetricServers::find(const api::Query& request) {
  const std::string& address = request.serverAddress.empty() ? defaultAddress_ : request.serverAddress;
  if (address.empty()) {
    return fail(ErrorCode::Invalid,
                "no Prometheus is named: set serverAddress, or start the operator with "
                "--prometheus-url");
  }
  if (!request.authRef.name.empty() || !request.tls.caRef.name.empty() || !request.tls.certRef.name.empty()) {
    return fail(ErrorCode::Invalid,
                "authRef, tls.caRef and tls.certRef are not acted on by this version of the operator");
  }
  const std::lock_guard lock(mutex_);
  std::shared_ptr<http::Transport>& transport = known_[{address, request.tls}];
  if (!transport) {
    Result<std::unique_ptr<http::Transport>> made = connect_(address, request.tls);
    if (!made) return fail(made.error());
    transport = *std::move(made);
  }
  return prometheus::Server{.transport = transport, .address = address};
}

}  // namespace tidewright::control
