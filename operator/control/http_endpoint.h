#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "operator/result.h"

namespace tidewright::control {

/// What a page says: 200 when it is well, 503 when not.
struct Page {
  bool well = true;
  std::string text;
};
/// By path: "/metrics". Called from the server's threads.
using Pages = std::map<std::string, std::function<Page()>>;

/// A few plain pages over HTTP, by the web server that prometheus-cpp brings along.
class HttpEndpoint {
 public:
  /// Port 0 takes any that is free. Unavailable if the address is taken.
  [[nodiscard]] static Result<std::unique_ptr<HttpEndpoint>> listen(const std::string& host, std::uint16_t port,
                                                                    Pages pages);
  ~HttpEndpoint();
  HttpEndpoint(const HttpEndpoint&) = delete;
  HttpEndpoint& operator=(const HttpEndpoint&) = delete;

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Server;
  explicit HttpEndpoint(std::unique_ptr<Server> server);

  std::unique_ptr<Server> server_;
};

}  // namespace tidewright::control
