#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "operator/http/transport.h"

namespace tidewright::http {

/// One connection as the server's handler sees it. What it writes goes out at once and as it is, so that a test can be
/// as wrong as it likes.
struct Connection {
  virtual ~Connection() = default;
  /// False once the client is gone.
  virtual bool write(std::string_view bytes) = 0;
  /// Holds the connection open without a word until the client closes it or the server stops.
  virtual void waitForClose() = 0;
  /// Which connection this is, counted from 1.
  int number = 0;
  /// Name that the client asked for by SNI; empty without.
  std::string serverName;
};

/// A small HTTP/1.1 server on 127.0.0.1, one thread a connection.
class LoopbackServer {
 public:
  /// Answers one request; returning false closes the connection, without a TLS farewell.
  using Handler = std::function<bool(const Request& request, Connection& connection)>;

  /// With a certificate and key (PEM) it speaks TLS; with `clientAuthority` it demands client certificates.
  struct TlsOptions {
    std::string certificate;
    std::string key;
    std::string clientAuthority;
  };

  explicit LoopbackServer(Handler handler);
  LoopbackServer(Handler handler, const TlsOptions& tls);
  ~LoopbackServer();

  [[nodiscard]] std::uint16_t port() const;
  /// Connections accepted so far.
  [[nodiscard]] int connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A whole answer with Content-Length.
[[nodiscard]] std::string answer(int status, std::string_view body, std::string_view moreHeaders = {});
/// One piece of a chunked body.
[[nodiscard]] std::string chunk(std::string_view bytes);

}  // namespace tidewright::http
