#include "operator/kube/credentials.h"

#include "operator/kube/exec_credentials.h"

namespace tidewright::kube {
namespace {

/// As client-go: the kubelet rotates a token long before it expires.
constexpr std::chrono::seconds kTokenAge{60};

Result<std::string> read(const FileOrText& source) {
  if (!source.text.empty()) return source.text;
  return http::pemFile(source.file)();
}

std::string trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

StaticCredentials::StaticCredentials(std::string token, FileOrText certificate, FileOrText key)
    : token_(std::move(token)), certificate_(std::move(certificate)), key_(std::move(key)) {}

Result<Credential> StaticCredentials::current(std::stop_token) {
  Credential credential{.token = token_};
  if (certificate_.empty()) return credential;
  const Result<std::string> certificate = read(certificate_);
  if (!certificate) return fail(certificate.error());
  const Result<std::string> key = read(key_);
  if (!key) return fail(key.error());
  credential.certificate = http::ClientCertificate{*certificate, *key};
  return credential;
}

TokenFile::TokenFile(std::string path, std::string fallback, const Clock& clock)
    : path_(std::move(path)), clock_(clock), token_(std::move(fallback)) {}

Result<Credential> TokenFile::current(std::stop_token) {
  const MonoTime now = clock_.mono();
  const std::lock_guard lock(mutex_);
  if (readAt_ && now - *readAt_ < kTokenAge) return Credential{.token = token_};
  const Result<std::string> text = http::pemFile(path_)();
  std::string token = text ? trimmed(*text) : std::string();
  if (!token.empty()) {
    token_ = std::move(token);
    readAt_ = now;
  } else if (token_.empty()) {
    return text ? fail(ErrorCode::Unauthorized, "the token file {} is empty", path_) : fail(text.error());
  }
  return Credential{.token = token_};
}

bool TokenFile::refused(const std::string& token) {
  const std::lock_guard lock(mutex_);
  if (token == token_) readAt_.reset();
  return true;
}

std::shared_ptr<CredentialSource> makeCredentials(const Access& access, const Clock& clock) {
  if (access.exec) return std::make_shared<ExecCredentials>(*access.exec, access, clock);
  if (!access.tokenFile.empty()) return std::make_shared<TokenFile>(access.tokenFile, access.token, clock);
  return std::make_shared<StaticCredentials>(access.token, access.clientCertificate, access.clientKey);
}

}  // namespace tidewright::kube
