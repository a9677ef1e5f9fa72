#include "operator/control/metric_servers.h"

#include <string_view>
#include <utility>

#include "operator/prometheus/parse_answer.h"

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
    // Not out of the values of an answer, where one may look like a password. Whatever is no answer becomes the text of
    // an error, also a page that has the looks of one.
    if (answer && !prometheus::parseAnswer(*answer, {})) {
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
  if (std::shared_ptr<http::Transport> known = knownConnection(key, tls)) return known;
  // Connecting and closing may take their time, so both are done outside of the lock.
  Result<std::unique_ptr<http::Transport>> made = connect_(address, tls);
  if (!made) return fail(made.error());
  std::shared_ptr<http::Transport> connection = *std::move(made), replaced;
  const std::lock_guard lock(mutex_);
  Known& known = known_[key];
  // Somebody else may have been quicker.
  if (known.transport && known.tls == tls) {
    replaced = std::exchange(connection, known.transport);
  } else {
    replaced = std::exchange(known.transport, connection);
  }
  known.tls = tls;
  known.usedAt = clock_.mono();
  return connection;
}

std::shared_ptr<http::Transport> MetricServers::knownConnection(const api::Query& key, const ServerTls& tls) {
  std::vector<std::shared_ptr<http::Transport>> closing;  // Closed after the lock is gone.
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono();
  std::erase_if(known_, [&](auto& entry) {
    const bool unused = now - entry.second.usedAt > kKept;
    if (unused) closing.push_back(std::move(entry.second.transport));
    return unused;
  });
  const auto known = known_.find(key);
  if (known == known_.end() || known->second.tls != tls) return nullptr;
  known->second.usedAt = now;
  return known->second.transport;
}

}  // namespace tidewright::control
