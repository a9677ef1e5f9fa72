#include "operator/kube/authenticating_transport.h"

namespace tidewright::kube {
namespace {
constexpr int kUnauthorized = 401;
}

AuthenticatingTransport::AuthenticatingTransport(std::unique_ptr<http::Transport> inner,
                                                 std::shared_ptr<CredentialSource> credentials, http::Headers headers)
    : inner_(std::move(inner)), credentials_(std::move(credentials)), headers_(std::move(headers)) {}

template <class Ask>
Result<http::Response> AuthenticatingTransport::authenticated(const http::Request& request, const std::stop_token& stop,
                                                              Ask ask) {
  for (bool again = false;; again = true) {
    const Result<Credential> credential = credentials_->current(stop);
    if (!credential) return fail(credential.error());
    http::Request signedRequest = request;
    signedRequest.headers.insert(signedRequest.headers.end(), headers_.begin(), headers_.end());
    if (!credential->token.empty()) {
      signedRequest.headers.emplace_back("Authorization", "Bearer " + credential->token);
    }
    Result<http::Response> response = ask(signedRequest);
    if (!response || response->status != kUnauthorized || again) return response;
    if (!credentials_->refused(credential->token)) return response;
  }
}

Result<http::Response> AuthenticatingTransport::send(const http::Request& request, std::stop_token stop) {
  return authenticated(request, stop,
                       [&](const http::Request& signedRequest) { return inner_->send(signedRequest, stop); });
}

Result<http::Response> AuthenticatingTransport::stream(const http::Request& request, http::ByteSink& sink,
                                                       std::stop_token stop) {
  // A 401 leaves the sink untouched, so that asking again starts from nothing.
  return authenticated(request, stop,
                       [&](const http::Request& signedRequest) { return inner_->stream(signedRequest, sink, stop); });
}

}  // namespace tidewright::kube
