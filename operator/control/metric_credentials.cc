#include "operator/control/metric_credentials.h"

#include <algorithm>
#include <string_view>

#include "operator/kube/base64.h"

namespace tidewright::control {
namespace {

/// A Secret as one field of the query uses it.
struct Referred {
  const char* field;
  kube::ObjectKey key;
  std::shared_ptr<const SecretData> data;

  [[nodiscard]] bool has(const char* name) const { return data->contains(name); }
  [[nodiscard]] std::string where() const {
    return fmt::format("{}: Secret {} in namespace {}", field, key.name, key.ns);
  }
  [[nodiscard]] Result<std::string> at(const char* name) const {
    const auto found = data->find(name);
    if (found == data->end()) return fail(ErrorCode::NotFound, "{} has no key {}", where(), name);
    if (found->second.empty()) return fail(ErrorCode::Invalid, "{}: key {} is empty", where(), name);
    return found->second;
  }
};

/// What goes into a header: without the line break that a file brings along, and without any other.
Result<std::string> headerText(const Referred& secret, const char* name) {
  Result<std::string> text = secret.at(name);
  if (!text) return text;
  const auto last = text->find_last_not_of("\r\n \t");
  text->erase(last == std::string::npos ? 0 : last + 1);
  const bool bad = text->empty() || std::ranges::any_of(*text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (bad) {
    return fail(ErrorCode::Invalid, "{}: key {} is empty or has a line break or control character inside",
                secret.where(), name);
  }
  return text;
}

Result<void> readAuthorization(const Referred& secret, MetricCredentials& out) {
  if (secret.has("token")) {
    const Result<std::string> token = headerText(secret, "token");
    if (!token) return fail(token.error());
    out.authorization = "Bearer " + *token;
    out.passwords = {*token};
    return {};
  }
  if (!secret.has("username") && !secret.has("password")) {
    return fail(ErrorCode::NotFound, "{} has no key token, and no keys username and password", secret.where());
  }
  const Result<std::string> user = headerText(secret, "username");
  if (!user) return fail(user.error());
  const Result<std::string> password = headerText(secret, "password");
  if (!password) return fail(password.error());
  if (user->contains(':')) return fail(ErrorCode::Invalid, "{}: key username has a colon inside", secret.where());
  const std::string encoded = kube::encodeBase64(*user + ":" + *password);
  out.authorization = "Basic " + encoded;
  out.passwords = {encoded, *password};
  return {};
}

Result<void> readAuthority(const Referred& secret, MetricCredentials& out) {
  const Result<std::string> ca = secret.at("ca.crt");
  if (!ca) return fail(ca.error());
  if (!ca->contains("-----BEGIN CERTIFICATE-----")) {
    return fail(ErrorCode::Invalid, "{}: key ca.crt is not a certificate in PEM form", secret.where());
  }
  out.tls.ca = *ca;
  return {};
}

Result<void> readCertificate(const Referred& secret, MetricCredentials& out) {
  const Result<std::string> certificate = secret.at("tls.crt");
  if (!certificate) return fail(certificate.error());
  const Result<std::string> key = secret.at("tls.key");
  if (!key) return fail(key.error());
  out.tls.certificate = *certificate;
  out.tls.key = *key;
  return {};
}

}  // namespace

Result<MetricCredentials> findCredentials(const api::Query& query, Secrets& secrets, const std::stop_token& stop) {
  MetricCredentials out{
      .tls = {.serverName = query.tls.serverName, .insecureSkipVerify = query.tls.insecureSkipVerify}};
  const auto readFrom = [&](const char* field, const api::LocalRef& ref, auto read) -> Result<void> {
    if (ref.name.empty()) return {};
    const kube::ObjectKey key{query.credentialsNamespace, ref.name};
    const auto data = secrets.get(key, stop);
    if (!data) return fail(data.error().in("{}", field));
    out.readFrom.push_back(key);
    Result<void> done = read(Referred{field, key, *data}, out);
    // Somebody will mend it.
    if (!done) secrets.doubt(key);
    return done;
  };
  if (const Result<void> done = readFrom("authRef", query.authRef, readAuthorization); !done) return fail(done.error());
  if (const Result<void> done = readFrom("tls.caRef", query.tls.caRef, readAuthority); !done) return fail(done.error());
  if (const Result<void> done = readFrom("tls.certRef", query.tls.certRef, readCertificate); !done) {
    return fail(done.error());
  }
  return out;
}

}  // namespace tidewright::control
