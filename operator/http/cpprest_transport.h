#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "operator/http/transport.h"
#include "operator/http/url.h"

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

struct CpprestOptions {
  Url server;
  Tls tls;
  std::optional<Url> proxy;
};

/// Sizes cpprestsdk's thread pool: two threads are fastest by far (spec/runtime.md). Call it first in main; without
/// it the first transport does it. Threads: any, any number of times.
void initialiseThreadPool();

/// The Transport over cpprestsdk. Connections are kept and reused; TLS 1.2 and later. Bodies are handed to a sink in
/// the thread that called `stream`, never in the library's, so that a slow sink holds up nobody else.
/// Invalid if the library does not take the addresses; it cannot do IPv6 addresses, only names that lead to them. Destroy it before main returns: the library's threads do not
/// survive static destruction.
[[nodiscard]] Result<std::unique_ptr<Transport>> makeCpprestTransport(CpprestOptions options);

}  // namespace tidewright::http
