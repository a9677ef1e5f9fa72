#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/clock.h"
#include "operator/http/tls.h"
#include "operator/kube/access.h"

namespace tidewright::kube {

/// What proves who we are. A secret: it is never printed.
struct Credential {
  std::string token;  ///< Empty: no Authorization header
  std::optional<http::ClientCertificate> certificate;
};

/// Where the credential of the moment comes from. Thread-safe.
struct CredentialSource {
  virtual ~CredentialSource() = default;
  [[nodiscard]] virtual Result<Credential> current(std::stop_token stop) = 0;
  /// The API server answered 401 to `token`: the next `current` should look anew. False if that cannot change anything.
  [[nodiscard]] virtual bool refused(const std::string& token) = 0;
};

/// What the kubeconfig itself says: a token, a certificate and key in text or files (read at each call), or nothing.
class StaticCredentials final : public CredentialSource {
 public:
  StaticCredentials(std::string token, FileOrText certificate, FileOrText key);
  Result<Credential> current(std::stop_token stop) override;
  bool refused(const std::string&) override { return false; }

 private:
  const std::string token_;
  const FileOrText certificate_;
  const FileOrText key_;
};

/// A token in a file that somebody rotates: read anew once it is 60 s old, or refused. While the file cannot be read
/// the last token counts; before the first time `fallback` does.
class TokenFile final : public CredentialSource {
 public:
  TokenFile(std::string path, std::string fallback, const Clock& clock);
  Result<Credential> current(std::stop_token stop) override;
  bool refused(const std::string& token) override;

 private:
  const std::string path_;
  const Clock& clock_;
  std::mutex mutex_;
  std::string token_;
  std::optional<MonoTime> readAt_;
};

/// The source that `access` asks for. `clock` must outlive it.
[[nodiscard]] std::shared_ptr<CredentialSource> makeCredentials(const Access& access, const Clock& clock);

}  // namespace tidewright::kube
