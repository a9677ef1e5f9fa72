#include "operator/http/system_trust.h"

#include <openssl/x509.h>

#include <cstdlib>
#include <mutex>

namespace tidewright::http {
namespace {

constexpr const char* kVariable = "SSL_CERT_FILE";
constexpr const char* kNothing = "/dev/null";

/// As it was before it was hidden; empty: the user has chosen none.
std::string& chosen() {
  static std::string file;
  return file;
}

}  // namespace

void hideSystemTrust() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (const char* file = std::getenv(kVariable)) chosen() = file;
    setenv(kVariable, kNothing, /*overwrite=*/1);
  });
}

std::string systemTrustFile() { return chosen().empty() ? X509_get_default_cert_file() : chosen(); }

std::string unhidden(std::string_view variable) {
  const std::string name = std::string(kVariable) + '=';
  if (variable != name + kNothing) return std::string(variable);
  return chosen().empty() ? "" : name + chosen();
}

}  // namespace tidewright::http
