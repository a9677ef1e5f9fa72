#pragma once

#include <memory>
#include <string>

#include "operator/http/transport.h"
#include "operator/kube/credentials.h"

namespace tidewright::kube {

/// Adds who we are to each request: the bearer token of the moment and `headers` (User-Agent, impersonation). After a
/// 401 it looks for a newer credential and, if there is one, asks once more. Thread-safe.
class AuthenticatingTransport final : public http::Transport {
 public:
  AuthenticatingTransport(std::unique_ptr<http::Transport> inner, std::shared_ptr<CredentialSource> credentials,
                          http::Headers headers = {});

  Result<http::Response> send(const http::Request& request, std::stop_token stop) override;
  Result<http::Response> stream(const http::Request& request, http::ByteSink& sink, std::stop_token stop) override;

 private:
  template <class Ask>
  Result<http::Response> authenticated(const http::Request& request, const std::stop_token& stop, Ask ask);

  const std::unique_ptr<http::Transport> inner_;
  const std::shared_ptr<CredentialSource> credentials_;
  const http::Headers headers_;
};

}  // namespace tidewright::kube
