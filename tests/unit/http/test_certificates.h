#pragma once

#include <string>

namespace tidewright::http {

/// A key and its certificate, as PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

/// A certificate authority that signs itself.
[[nodiscard]] Identity makeAuthority(const std::string& name);

/// A certificate signed by `authority`. `alternativeNames` in OpenSSL's words: "DNS:localhost,IP:127.0.0.1".
[[nodiscard]] Identity makeIdentity(const Identity& authority, const std::string& name,
                                    const std::string& alternativeNames);

}  // namespace tidewright::http
