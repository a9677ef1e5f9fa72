#include "operator/control/metric_servers.h"

#include <string_view>
#include <utility>

namespace tidewright::control {
namespace {

/// A connection that nobody has used for so long is closed.
constexpr std::chrono::minutes kKept{10};

void hide(std::string& text, const std::string& password) {
  constexpr std::string_view kHidden = "***";
  for (std::size_t at = 0; (at = text.find(password, at)) != std::string::npos; at += kHidden.size()) {
    text.replace(at, password.size(), kHidden);
  }
}

/// Says who we are with each request, and notices when that is not accepted. Keeps what it said out of refusals, whose
/// text goes into conditions and logs. `secrets` must outlive it.
class SecuredTransport final : public http::Transport {
 public:
  SecuredTransport(std::shared_ptr<http::Transport> inner, MetricCredentials credentials, Secrets& secrets)
      : inner_(std::move(inner)), credentials_(std::move(credentials)), secrets_(secrets) {}

  Result<http::Response> send(const http::Request& request, std::stop_token stop) override {
    return checked(inner_->send(secured(request), std::move(stop)));
  }
  Result<http::Response> stream(const http::Request& request, http::ByteSink& sink, std::stop_token stop) override {
    return checked(inner_->stream(secured(request), sink, std::move(stop)));
  }

 private:
  [[nodiscard]] http::Request secured(http::Request request) const {
    if (!credentials_.authorization.empty()) request.headers.emplace_back("Authorization", credentials_.authorization);
    return request;
  }

  Result<http::Response> checked(Result<http::Response> answer) {
    const bool refused = answer ? answer->status == 401 || answer->status == 403
                                // A certificate that one side does not take shows as a connection that fails.
                                : answer.error().code() != ErrorCode::Cancelled && credentials_.tls != ServerTls{};
    if (refused) {
      for (const kube::ObjectKey& key : credentials_.readFrom) secrets_.doubt(key);
    }
    if (answer && (answer->status < 200 || answer->status > 299)) {
      for (const std::string& password : credentials_.passwords) hide(answer->body, password);
    }
    return answer;
  }

  const std::shared_ptr<http::Transport> inner_;
  const MetricCredentials credentials_;
  Secrets& secrets_;
};

}  // namespace

Result<prometheus::Server> MetricServers::find(const api::Query& request, const std::stop_token& stop) {
  const std::string& address = request.serverAddress.empty() ? defaultAddress_ : request.serverAddress;
  if (address.empty()) {
    return fail(ErrorCode::Invalid,
                "no Prometheus is named: set serverAddress, or start the operator with "
                "--prometheus-url");
  }
  Result<MetricCredentials> credentials = findCredentials(request, secrets_, stop);
  if (!credentials) return fail(credentials.error());
  Result<std::shared_ptr<http::Transport>> connection = connectionFor(address, request, credentials->tls);
  if (!connection) return fail(connection.error());
  if (credentials->readFrom.empty()) return prometheus::Server{.transport = *connection, .address = address};
  return prometheus::Server{
      .transport = std::make_shared<SecuredTransport>(*connection, *std::move(credentials), secrets_),
      .address = address};
}

Result<std::shared_ptr<http::Transport>> MetricServers::connectionFor(const std::string& address,
                                                                      const api::Query& request, const ServerTls& tls) {
  api::Query key = prometheus::requestOf(request);
  key.query.clear();
  // Whose connections are closed here are closed after the lock is gone: that may take a moment.
  std::vector<std::shared_ptr<http::Transport>> closing;
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono();
  std::erase_if(known_, [&](auto& entry) {
    const bool unused = now - entry.second.usedAt > kKept;
    if (unused) closing.push_back(std::move(entry.second.transport));
    return unused;
  });
  Known& known = known_[key];
  known.usedAt = now;
  if (!known.transport || known.tls != tls) {
    Result<std::unique_ptr<http::Transport>> made = connect_(address, tls);
    if (!made) return fail(made.error());
    closing.push_back(std::exchange(known.transport, *std::move(made)));
    known.tls = tls;
  }
  return known.transport;
}

}  // namespace tidewright::control
