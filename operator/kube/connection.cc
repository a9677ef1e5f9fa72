#include "operator/kube/connection.h"

#include "operator/http/make_transport.h"
#include "operator/kube/authenticating_transport.h"
#include "operator/kube/credentials.h"

namespace tidewright::kube {
namespace {

http::Tls tlsOf(const Access& access, const std::shared_ptr<CredentialSource>& credentials) {
  http::Tls tls{.serverName = access.tlsServerName, .insecureSkipVerify = access.insecureSkipTlsVerify};
  if (!access.certificateAuthority.text.empty()) {
    tls.ca = http::pemText(access.certificateAuthority.text);
  } else if (!access.certificateAuthority.file.empty()) {
    tls.ca = http::pemFile(access.certificateAuthority.file);
  }
  if (access.exec || !access.clientCertificate.empty()) {
    tls.clientCertificate = [credentials]() -> Result<std::optional<http::ClientCertificate>> {
      // At once: the request that needs the new connection has asked for the credential before.
      Result<Credential> credential = credentials->current({});
      if (!credential) return fail(credential.error());
      return std::move(credential->certificate);
    };
  }
  return tls;
}

}  // namespace

Result<Connection> connect(const Access& access, const ConnectOptions& options, const Clock& clock) {
  const std::shared_ptr<CredentialSource> credentials = makeCredentials(access, clock);
  http::Headers headers{{"User-Agent", options.userAgent}};
  if (!access.impersonateUser.empty()) headers.emplace_back("Impersonate-User", access.impersonateUser);
  if (access.impersonateGroups.size() > 1) {
    // HTTP libraries join headers of one name with a comma, which the API server would take for one group's name.
    return fail(ErrorCode::Invalid, "as-groups: more than one group is not supported");
  }
  for (const std::string& group : access.impersonateGroups) headers.emplace_back("Impersonate-Group", group);

  Connection connection{.server = access.server.toString(), .defaultNamespace = access.defaultNamespace};
  for (std::unique_ptr<http::Transport>* transport : {&connection.calls, &connection.watches}) {
    Result<std::unique_ptr<http::Transport>> bare =
        http::makeTransport({.server = access.server, .tls = tlsOf(access, credentials), .proxy = access.proxy});
    if (!bare) return fail(bare.error());
    std::unique_ptr<http::Transport> counted = *std::move(bare);
    if (options.onAnswer) counted = std::make_unique<CountingTransport>(std::move(counted), options.onAnswer, clock);
    *transport = std::make_unique<AuthenticatingTransport>(std::move(counted), credentials, headers);
  }
  return connection;
}

}  // namespace tidewright::kube
