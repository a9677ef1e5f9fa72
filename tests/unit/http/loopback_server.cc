#include "tests/unit/http/loopback_server.h"

#include <sys/socket.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

namespace tidewright::http {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Code = boost::system::error_code;

template <class Stream>
struct StreamConnection final : Connection {
  StreamConnection(Stream& s, int n) : stream(s) { number = n; }
  bool write(std::string_view bytes) override {
    Code failed;
    asio::write(stream, asio::buffer(bytes), failed);
    return !failed;
  }
  void waitForClose() override {
    char byte = 0;
    Code failed;
    while (!failed) asio::read(stream, asio::buffer(&byte, 1), failed);
  }
  Stream& stream;
};

template <class Stream>
void serve(Stream& stream, Connection& connection, const LoopbackServer::Handler& handler) {
  boost::beast::flat_buffer buffer;
  while (true) {
    boost::beast::http::request_parser<boost::beast::http::string_body> parser;
    parser.body_limit(std::uint64_t{1} << 30U);
    Code failed;
    boost::beast::http::read(stream, buffer, parser, failed);
    if (failed) return;
    const auto& message = parser.get();
    Request request{.method = std::string(message.method_string()),
                    .target = std::string(message.target()),
                    .headers = {},
                    .body = message.body()};
    for (const auto& field : message) {
      request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    if (!handler(request, connection)) return;
  }
}

}  // namespace

struct LoopbackServer::Impl {
  Impl(Handler h, const TlsOptions* tls) : handler(std::move(h)) {
    if (tls != nullptr) {
      context.emplace(asio::ssl::context::tls_server);
      context->use_certificate_chain(asio::buffer(tls->certificate));
      context->use_private_key(asio::buffer(tls->key), asio::ssl::context::pem);
      if (!tls->clientAuthority.empty()) {
        context->add_certificate_authority(asio::buffer(tls->clientAuthority));
        context->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
      }
    }
    acceptor = std::thread([this] { accept(); });
  }

  ~Impl() {
    stopping = true;
    // Not close(): that would not wake the thread which waits in accept.
    ::shutdown(listener.native_handle(), SHUT_RDWR);
    acceptor.join();
    {
      const std::lock_guard lock(mutex);
      for (Tcp::socket& socket : sockets) ::shutdown(socket.native_handle(), SHUT_RDWR);
    }
    for (std::thread& thread : threads) thread.join();
  }

  void accept() {
    while (!stopping) {
      Code failed;
      Tcp::socket socket(io);
      listener.accept(socket, failed);
      if (failed) return;
      const std::lock_guard lock(mutex);
      sockets.push_back(std::move(socket));
      threads.emplace_back([this, &mine = sockets.back(), number = ++accepted] {
        converse(mine, number);
        ::shutdown(mine.native_handle(), SHUT_RDWR);
      });
    }
  }

  void converse(Tcp::socket& socket, int number) {
    if (!context) {
      StreamConnection<Tcp::socket> connection(socket, number);
      serve(socket, connection, handler);
      return;
    }
    asio::ssl::stream<Tcp::socket&> stream(socket, *context);
    Code failed;
    stream.handshake(asio::ssl::stream_base::server, failed);
    if (failed) return;
    StreamConnection<asio::ssl::stream<Tcp::socket&>> connection(stream, number);
    if (const char* name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name)) {
      connection.serverName = name;
    }
    serve(stream, connection, handler);
  }

  Handler handler;
  asio::io_context io;
  Tcp::acceptor listener{io, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::optional<asio::ssl::context> context;
  std::atomic<bool> stopping = false;
  std::atomic<int> accepted = 0;
  std::mutex mutex;
  std::list<Tcp::socket> sockets;
  std::list<std::thread> threads;
  std::thread acceptor;
};

LoopbackServer::LoopbackServer(Handler handler) : impl_(std::make_unique<Impl>(std::move(handler), nullptr)) {}
LoopbackServer::LoopbackServer(Handler handler, const TlsOptions& tls)
    : impl_(std::make_unique<Impl>(std::move(handler), &tls)) {}
LoopbackServer::~LoopbackServer() = default;

std::uint16_t LoopbackServer::port() const { return impl_->listener.local_endpoint().port(); }
int LoopbackServer::connections() const { return impl_->accepted; }

std::string answer(int status, std::string_view body, std::string_view moreHeaders) {
  return fmt::format("HTTP/1.1 {} Because\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), moreHeaders, body);
}

std::string chunk(std::string_view bytes) { return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

}  // namespace tidewright::http
