#pragma once

#include <functional>
#include <optional>
#include <string>

#include "operator/result.h"

namespace tidewright::http {

/// Gives PEM text; called for every new connection, from any thread, so what it reads may change meanwhile.
using PemSource = std::function<Result<std::string>()>;

/// Reads the file at each call.
[[nodiscard]] PemSource pemFile(std::string path);
[[nodiscard]] PemSource pemText(std::string pem);

struct ClientCertificate {
  std::string certificate;  ///< PEM, with the intermediate certificates behind it
  std::string key;          ///< PEM, without a passphrase
};

/// How to know the server and how to be known. Used for https only.
struct Tls {
  PemSource ca;  ///< Empty: the system's own certificates
  /// Empty: none is shown. No value: none for this connection.
  std::function<Result<std::optional<ClientCertificate>>()> clientCertificate;
  std::string serverName;  ///< The name that the certificate must carry; empty: the address' host
  bool insecureSkipVerify = false;
};

}  // namespace tidewright::http
