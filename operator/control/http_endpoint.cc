#include "operator/control/http_endpoint.h"

#include <list>

#include <CivetServer.h>

namespace tidewright::control {
namespace {

class PageHandler final : public CivetHandler {
 public:
  explicit PageHandler(std::function<Page()> page) : page_(std::move(page)) {}

  bool handleGet(CivetServer*, mg_connection* connection) override {
    const Page page = page_();
    mg_printf(connection,
              "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: %zu\r\n"
              "Connection: close\r\n\r\n",
              page.well ? "200 OK" : "503 Service Unavailable", page.text.size());
    mg_write(connection, page.text.data(), page.text.size());
    return true;
  }

 private:
  const std::function<Page()> page_;
};

}  // namespace

struct HttpEndpoint::Server {
  std::list<PageHandler> handlers;
  std::unique_ptr<CivetServer> civet;
};

HttpEndpoint::HttpEndpoint(std::unique_ptr<Server> server) : server_(std::move(server)) {}

HttpEndpoint::~HttpEndpoint() {
  // The server first: its threads use the handlers.
  server_->civet.reset();
}

Result<std::unique_ptr<HttpEndpoint>> HttpEndpoint::listen(const std::string& host, std::uint16_t port, Pages pages) {
  auto server = std::make_unique<Server>();
  const std::string address = fmt::format("{}:{}", host, port);
  try {
    server->civet =
        std::make_unique<CivetServer>(std::vector<std::string>{"listening_ports", address, "num_threads", "2"});
  } catch (const CivetException& wrong) {
    return fail(ErrorCode::Unavailable, "cannot listen on {}: {}; is the port taken? see --listen", address,
                wrong.what());
  }
  for (auto& [path, page] : pages) {
    server->handlers.emplace_back(std::move(page));
    server->civet->addHandler(path, server->handlers.back());
  }
  return std::unique_ptr<HttpEndpoint>(new HttpEndpoint(std::move(server)));
}

std::uint16_t HttpEndpoint::port() const {
  const std::vector<int> ports = server_->civet->getListeningPorts();
  return ports.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(ports.front());
}

}  // namespace tidewright::control
