// The only file that knows cpprestsdk. What it relies on (2.10.18, Asio and OpenSSL flavour):
// - The body goes into the stream buffer given to set_response_stream; a put that is not yet complete holds up the
//   next read from the socket.
// - Cancelling the token closes the connection; the tasks then end with an error.
// - The TLS context callback runs for each new connection and may throw: the exception becomes the request's.
// - A kept connection that the server has closed is replaced and the request resent, POST included, if reading the
//   answer shows it; if writing shows it the request fails, and is resent here: it cannot have been understood.
// - The library's own time-out is one per client, so it is switched off here; the waiting thread counts instead.
#include "operator/http/make_transport.h"
#include "operator/http/system_trust.h"
#include "operator/wakeup.h"

// Without it a macro named U would reach everything that is included below.
#define _TURN_OFF_PLATFORM_STRING
#include <cpprest/http_client.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace tidewright::http {
namespace {

using Steady = std::chrono::steady_clock;

/// A reader this far behind stops the reading from the socket.
constexpr std::size_t kHighWater = 256 * 1024;
/// How long a transport that is being destroyed waits for what it cancelled; name resolution cannot be cancelled.
constexpr std::chrono::seconds kFarewell{5};
/// How often a request is sent that could not be written. Each try uses up one kept connection.
constexpr int kTriesToWrite = 5;

/// Thrown by the TLS context callback, the one way to end a request from there.
struct TlsSetupFailed final : std::exception {
  explicit TlsSetupFailed(Error e) : error(std::move(e)) {}
  [[nodiscard]] const char* what() const noexcept override { return error.message().c_str(); }
  Error error;
};

bool isAddress(const std::string& host) {
  boost::system::error_code notAnAddress;
  boost::asio::ip::make_address(host, notAnAddress);
  return !notAnAddress;
}

/// Prepares the TLS of new connections and remembers why the last server certificate was refused.
class TlsSetup {
 public:
  TlsSetup(Tls tls, const std::string& host)
      : tls_(std::move(tls)), peerName_(tls_.serverName.empty() ? host : tls_.serverName) {}

  void prepare(boost::asio::ssl::context& context) {
    SSL_CTX* native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    // A verification of our own: the library's cannot check a name other than the address' and keeps no reason.
    SSL_CTX_set_cert_verify_callback(
        native, [](X509_STORE_CTX* chain, void* self) { return static_cast<TlsSetup*>(self)->verify(chain); }, this);
    if (tls_.ca && !tls_.insecureSkipVerify) trustOnly(context);
    // Hidden from the library, see hideSystemTrust. Nothing there: then nobody is trusted, and the verification says
    // so.
    if (!tls_.ca && !tls_.insecureSkipVerify) {
      SSL_CTX_load_verify_file(native, systemTrustFile().c_str());
    }
    if (tls_.clientCertificate) showCertificate(context);
  }

  [[nodiscard]] std::string whyRefused() const {
    const std::lock_guard lock(mutex_);
    return whyRefused_;
  }

 private:
  void trustOnly(boost::asio::ssl::context& context) const {
    const Result<std::string> pem = tls_.ca();
    if (!pem) throw TlsSetupFailed(pem.error().in("certificate-authority"));
    // A fresh store: the library has loaded the system's certificates into the present one.
    SSL_CTX_set_cert_store(context.native_handle(), X509_STORE_new());
    boost::system::error_code bad;
    context.add_certificate_authority(boost::asio::buffer(*pem), bad);
    if (bad) {
      throw TlsSetupFailed(Error(ErrorCode::Invalid, "certificate-authority: not a certificate in PEM form"));
    }
  }

  void showCertificate(boost::asio::ssl::context& context) const {
    const Result<std::optional<ClientCertificate>> shown = tls_.clientCertificate();
    if (!shown) throw TlsSetupFailed(shown.error().in("client certificate"));
    if (!*shown) return;
    // OpenSSL would ask on the terminal for the passphrase of an encrypted key.
    SSL_CTX_set_default_passwd_cb(context.native_handle(), [](char*, int, int, void*) { return 0; });
    boost::system::error_code bad;
    context.use_certificate_chain(boost::asio::buffer((*shown)->certificate), bad);
    if (bad) throw TlsSetupFailed(Error(ErrorCode::Invalid, "client-certificate: not a certificate in PEM form"));
    context.use_private_key(boost::asio::buffer((*shown)->key), boost::asio::ssl::context::pem, bad);
    if (bad) {
      throw TlsSetupFailed(Error(ErrorCode::Invalid,
                                 "client-key: not a private key in PEM form without a passphrase, or not that of "
                                 "client-certificate"));
    }
  }

  int verify(X509_STORE_CTX* chain) {
    if (tls_.insecureSkipVerify) return 1;
    X509_VERIFY_PARAM* expected = X509_STORE_CTX_get0_param(chain);
    const int named = isAddress(peerName_) ? X509_VERIFY_PARAM_set1_ip_asc(expected, peerName_.c_str())
                                           : X509_VERIFY_PARAM_set1_host(expected, peerName_.c_str(), peerName_.size());
    // The library has put a callback of its own there, which knows only the address' host.
    X509_STORE_CTX_set_verify_cb(chain, [](int ok, X509_STORE_CTX*) { return ok; });
    const bool good = named == 1 && X509_verify_cert(chain) == 1;
    const std::lock_guard lock(mutex_);
    whyRefused_ = good ? "" : describe(X509_STORE_CTX_get_error(chain));
    return good ? 1 : 0;
  }

  [[nodiscard]] std::string describe(int error) const {
    const char* reason = X509_verify_cert_error_string(error);
    switch (error) {
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return fmt::format("{}: it is not for \"{}\"; check the address or set tls-server-name", reason, peerName_);
      case X509_V_ERR_CERT_HAS_EXPIRED:
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return fmt::format("{}; check the clocks, or renew the server's certificate", reason);
      default: return fmt::format("{}; check certificate-authority", reason);
    }
  }

  const Tls tls_;
  const std::string peerName_;
  mutable std::mutex mutex_;
  std::string whyRefused_;
};

/// Counts the requests that the library still works at.
class Outstanding {
 public:
  void add() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    --count_;
    none_.notify_all();
  }
  void waitForNone(Steady::duration atMost) {
    std::unique_lock lock(mutex_);
    none_.wait_for(lock, atMost, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_;
  int count_ = 0;
};

/// One request's meeting point of the waiting thread with the library's threads. Shared by both: whoever leaves first
/// leaves it whole.
class Exchange {
 public:
  /// What the waiting thread learns at a time. With neither of the flags set nothing came in time.
  struct News {
    std::string bytes;
    bool headArrived = false;
    bool ended = false;
    bool timedOut = false;
    std::exception_ptr failure;
  };

  /// `enough`: bytes of the body for which alone the waiting thread is to be woken, from 1 to kHighWater.
  explicit Exchange(std::size_t enough) : enough_(enough) {}

  // The library's side.

  pplx::task<std::size_t> put(const char* bytes, std::size_t count) {
    std::optional<pplx::task<std::size_t>> later;
    bool isNews = false;
    {
      const std::lock_guard lock(mutex_);
      if (abandoned_) return pplx::task_from_exception<std::size_t>(std::runtime_error("nobody reads any more"));
      arrived_.append(bytes, count);
      lastHeard_ = Steady::now();
      if (arrived_.size() >= kHighWater) {
        held_ = Held{pplx::task_completion_event<std::size_t>(), count};
        later.emplace(held_->released);
      }
      isNews = ready();
    }
    if (isNews) changed_.notifyAll();
    return later ? *later : pplx::task_from_result(count);
  }

  void headArrived(Response head) {
    bool isNews = false;
    {
      const std::lock_guard lock(mutex_);
      head_ = std::move(head);
      lastHeard_ = Steady::now();
      isNews = ready();
    }
    if (isNews) changed_.notifyAll();
  }

  void end(std::exception_ptr failure) {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      failure_ = std::move(failure);
    }
    changed_.notifyAll();
  }

  // The waiting thread's side.

  /// Waits for enough bytes of the body (held back until the head is there) or the end, for `timeout` of silence at
  /// most and never past `latest`. The end comes after the last bytes.
  News wait(std::chrono::milliseconds timeout, Steady::time_point latest, const std::stop_token& stop) {
    News news;
    std::optional<Held> held;
    {
      std::unique_lock lock(mutex_);
      // Counted from here if the sink took its time: the server could not be heard meanwhile.
      lastHeard_ = std::max(lastHeard_, lastWait_);
      while (!ready() && !stop.stop_requested()) {
        // A byte or the head moves the deadline, and wakes nobody for that alone.
        const auto deadline = std::min(lastHeard_ + timeout, latest);
        if (Steady::now() >= deadline) {
          news.timedOut = true;
          break;
        }
        changed_.wait(lock, stop, deadline, [this] { return ready(); });
      }
      news.headArrived = head_.has_value();
      news.bytes = std::exchange(arrived_, {});
      news.ended = ended_;
      news.failure = failure_;
      held = std::exchange(held_, std::nullopt);
    }
    if (held) held->released.set(held->count);
    return news;
  }

  /// The sink has taken what it was given.
  void readingAgain() {
    const std::lock_guard lock(mutex_);
    lastWait_ = Steady::now();
  }

  [[nodiscard]] std::optional<Response> head() const {
    const std::lock_guard lock(mutex_);
    return head_;
  }

  void abandon() {
    std::optional<Held> held;
    {
      const std::lock_guard lock(mutex_);
      abandoned_ = true;
      held = std::exchange(held_, std::nullopt);
    }
    if (held) held->released.set(held->count);
  }

 private:
  struct Held {
    pplx::task_completion_event<std::size_t> released;
    std::size_t count = 0;
  };

  /// Whether there is something for the waiting thread; with the mutex held.
  [[nodiscard]] bool ready() const { return ended_ || (head_ && arrived_.size() >= enough_); }

  const std::size_t enough_;
  mutable std::mutex mutex_;
  Wakeup changed_;
  std::string arrived_;
  std::optional<Response> head_;
  std::optional<Held> held_;
  std::exception_ptr failure_;
  bool ended_ = false;
  bool abandoned_ = false;
  Steady::time_point lastHeard_ = Steady::now();
  Steady::time_point lastWait_ = Steady::now();
};

/// The write-only stream buffer that the library writes a body into. Everything about reading is refused.
class BodyBuffer final : public Concurrency::streams::details::streambuf_state_manager<std::uint8_t> {
 public:
  explicit BodyBuffer(std::shared_ptr<Exchange> exchange)
      : streambuf_state_manager(std::ios_base::out), exchange_(std::move(exchange)) {}

 private:
  [[nodiscard]] bool can_seek() const override { return false; }
  [[nodiscard]] bool has_size() const override { return false; }
  [[nodiscard]] std::size_t buffer_size(std::ios_base::openmode) const override { return 0; }
  void set_buffer_size(std::size_t, std::ios_base::openmode) override {}
  [[nodiscard]] std::size_t in_avail() const override { return 0; }
  pos_type getpos(std::ios_base::openmode) const override { return pos_type(traits::eof()); }
  pos_type seekpos(pos_type, std::ios_base::openmode) override { return pos_type(traits::eof()); }
  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return pos_type(traits::eof());
  }
  bool acquire(std::uint8_t*&, std::size_t&) override { return false; }
  void release(std::uint8_t*, std::size_t) override {}

  pplx::task<int_type> _putc(std::uint8_t byte) override {
    return _putn(&byte, 1).then([byte](std::size_t) -> int_type { return byte; });
  }
  pplx::task<std::size_t> _putn(const std::uint8_t* bytes, std::size_t count) override {
    return exchange_->put(reinterpret_cast<const char*>(bytes), count);
  }
  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }
  std::uint8_t* _alloc(std::size_t) override { return nullptr; }
  void _commit(std::size_t) override {}

  pplx::task<int_type> _bumpc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sbumpc() override { return traits::eof(); }
  pplx::task<int_type> _getc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  int_type _sgetc() override { return traits::eof(); }
  pplx::task<int_type> _nextc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  pplx::task<int_type> _ungetc() override { return pplx::task_from_result<int_type>(traits::eof()); }
  pplx::task<std::size_t> _getn(std::uint8_t*, std::size_t) override { return pplx::task_from_result<std::size_t>(0); }
  std::size_t _scopy(std::uint8_t*, std::size_t) override { return 0; }

  std::shared_ptr<Exchange> exchange_;
};

Response headOf(const web::http::http_response& answer) {
  Response head{.status = answer.status_code()};
  for (const auto& [name, value] : answer.headers()) head.headers.emplace_back(name, value);
  return head;
}

bool isSuccess(int status) { return status >= 200 && status <= 299; }

bool breaksLines(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
}

std::string inSeconds(std::chrono::milliseconds time) {
  return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

class CpprestTransport final : public Transport {
 public:
  explicit CpprestTransport(TransportOptions options)
      : server_(options.server),
        serverName_(options.tls.serverName),
        tls_(std::make_shared<TlsSetup>(std::move(options.tls), server_.host)) {
    web::http::client::http_client_config config;
    // Longer than any request: see the head of this file.
    config.set_timeout(std::chrono::hours(24));
    config.set_max_redirects(0);
    config.set_tlsext_sni_enabled(!isAddress(server_.host) || !serverName_.empty());
    config.set_ssl_context_callback([tls = tls_](boost::asio::ssl::context& context) { tls->prepare(context); });
    if (options.proxy) {
      web::web_proxy proxy{web::uri(options.proxy->toString())};
      if (!options.proxy->user.empty()) {
        proxy.set_credentials(web::credentials(options.proxy->user, options.proxy->password));
      }
      config.set_proxy(proxy);
    }
    client_ = std::make_unique<web::http::client::http_client>(web::uri(server_.toString()), config);
  }

  ~CpprestTransport() override {
    client_.reset();
    outstanding_->waitForNone(kFarewell);
  }

  Result<Response> send(const Request& request, std::stop_token stop) override {
    return exchange(request, nullptr, stop);
  }

  Result<Response> stream(const Request& request, ByteSink& sink, std::stop_token stop) override {
    return exchange(request, &sink, stop);
  }

 private:
  Result<Response> exchange(const Request& request, ByteSink* sink, const std::stop_token& stop) {
    for (int tries = 1;; ++tries) {
      Attempt attempt = tryOnce(request, sink, stop);
      if (attempt.response || !attempt.neverWritten || tries == kTriesToWrite) return std::move(attempt.response);
    }
  }

  struct Attempt {
    Result<Response> response;
    bool neverWritten = false;  ///< The connection broke before the server had the whole request.
  };

  Attempt tryOnce(const Request& request, ByteSink* sink, const std::stop_token& stop) {
    if (stop.stop_requested()) return {cancelled()};
    const auto exchange =
        std::make_shared<Exchange>(sink != nullptr ? 1 : std::min(request.largestBody, kHighWater - 1) + 1);
    pplx::cancellation_token_source cancel;
    try {
      Result<web::http::http_request> prepared = prepare(request);
      if (!prepared) return {fail(prepared.error())};
      start(*std::move(prepared), exchange, cancel.get_token());
    } catch (const std::exception& e) {
      return {fail(ErrorCode::Invalid, "{}: {} {}: {}", server_.toString(), request.method, request.target, e.what())};
    }
    Attempt attempt = follow(*exchange, request, sink, stop);
    if (!attempt.response) {
      exchange->abandon();
      cancel.cancel();
    }
    return attempt;
  }

  Result<web::http::http_request> prepare(const Request& request) const {
    web::http::http_request prepared{web::http::method(request.method)};
    prepared.set_request_uri(web::uri(request.target));
    std::string contentType;
    for (const auto& [name, value] : request.headers) {
      if (breaksLines(name) || breaksLines(value)) {
        return fail(ErrorCode::Invalid, "{}: the value of the header {} contains a line break", server_.toString(),
                    breaksLines(name) ? "(malformed name)" : name);
      }
      prepared.headers().add(name, value);
    }
    // The library takes the name for SNI from here.
    if (!serverName_.empty()) prepared.headers().add("Host", serverName_);
    if (!request.body.empty()) {
      prepared.headers().match("Content-Type", contentType);
      prepared.set_body(request.body, contentType.empty() ? "application/octet-stream" : contentType);
    }
    return prepared;
  }

  void start(web::http::http_request request, const std::shared_ptr<Exchange>& exchange,
             const pplx::cancellation_token& token) {
    const Concurrency::streams::streambuf<std::uint8_t> body{std::make_shared<BodyBuffer>(exchange)};
    request.set_response_stream(Concurrency::streams::ostream(body));
    outstanding_->add();
    const auto end = [exchange, outstanding = outstanding_](std::exception_ptr failure) {
      exchange->end(std::move(failure));
      outstanding->remove();
    };
    pplx::task<web::http::http_response> asked;
    try {
      asked = client_->request(std::move(request), token);
    } catch (...) {
      end(std::current_exception());
      return;
    }
    asked.then([exchange, end](const pplx::task<web::http::http_response>& head) {
      try {
        const web::http::http_response answer = head.get();
        exchange->headArrived(headOf(answer));
        answer.content_ready().then([end](const pplx::task<web::http::http_response>& whole) {
          try {
            whole.get();
            end(nullptr);
          } catch (...) {
            end(std::current_exception());
          }
        });
      } catch (...) {
        end(std::current_exception());
      }
    });
  }

  /// Hands the body on as it comes, in this thread.
  Attempt follow(Exchange& exchange, const Request& request, ByteSink* sink, const std::stop_token& stop) {
    std::optional<Response> response;
    const Steady::time_point latest = request.total ? Steady::now() + *request.total : Steady::time_point::max();
    std::size_t received = 0;
    while (true) {
      Exchange::News news = exchange.wait(request.timeout, latest, stop);
      if (stop.stop_requested()) return {cancelled()};
      if (!response && news.headArrived) response = exchange.head();
      received += news.bytes.size();
      if (received > request.largestBody) {
        return {
            fail(ErrorCode::Invalid, "{}: the answer has more than {} bytes", server_.toString(), request.largestBody)};
      }
      if (response && !news.bytes.empty()) {
        if (sink != nullptr && isSuccess(response->status)) {
          if (const Result<void> written = sink->write(news.bytes); !written) return {fail(written.error())};
          exchange.readingAgain();
        } else {
          response->body += news.bytes;
        }
      }
      if (news.failure) return {fail(explain(news.failure, response.has_value())), isWriteFailure(news.failure)};
      if (news.ended) return {*std::move(response)};
      if (Steady::now() >= latest) {
        return {
            fail(ErrorCode::Timeout, "{}: no whole answer within {}", server_.toString(), inSeconds(*request.total))};
      }
      if (news.timedOut) {
        return {fail(ErrorCode::Timeout, "{}: {} for {}", server_.toString(), response ? "silent" : "no answer",
                     inSeconds(request.timeout))};
      }
    }
  }

  [[nodiscard]] std::unexpected<Error> cancelled() const {
    return fail(ErrorCode::Cancelled, "{}: stopped", server_.toString());
  }

  [[nodiscard]] static bool isWriteFailure(const std::exception_ptr& failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const web::http::http_exception& e) {
      return std::string_view(e.what()).starts_with("Failed to write request");
    } catch (...) {
      return false;
    }
  }

  [[nodiscard]] Error explain(const std::exception_ptr& failure, bool answered) const {
    const std::string where = server_.toString();
    try {
      std::rethrow_exception(failure);
    } catch (const TlsSetupFailed& e) {
      return e.error.in("{}", where);
    } catch (const web::http::http_exception& e) {
      return explain(e, answered).in("{}", where);
    } catch (const std::exception& e) {
      return Error(ErrorCode::Unavailable, fmt::format("{}: {}", where, e.what()));
    }
  }

  [[nodiscard]] Error explain(const web::http::http_exception& e, bool answered) const {
    const std::string_view what = e.what();
    if (what.starts_with("Error resolving") || what.starts_with("Failed to resolve")) {
      const bool proxy = what.find("proxy") != std::string_view::npos;
      return Error(ErrorCode::Unavailable,
                   fmt::format("unknown host \"{}\"; check the {}", proxy ? "of the proxy" : server_.host,
                               proxy ? "proxy-url" : "address and the DNS"));
    }
    if (what.find("Failed to connect") != std::string_view::npos) {
      return Error(ErrorCode::Unavailable,
                   "cannot connect: refused or unreachable; check the address and that the "
                   "server runs");
    }
    if (what.find("SSL handshake") != std::string_view::npos) {
      if (std::string why = tls_->whyRefused(); !why.empty()) {
        return Error(ErrorCode::Invalid, "certificate verify failed: " + why);
      }
      return Error(ErrorCode::Unavailable, fmt::format("TLS handshake failed{}", tlsReason(e)));
    }
    return Error(
        ErrorCode::Unavailable,
        fmt::format("{}: {}{}", answered ? "connection cut while answering" : "connection cut before the answer", what,
                    tlsReason(e)));
  }

  /// OpenSSL's reason, if the number in the exception is one of its own: the library passes it on without its category.
  [[nodiscard]] static std::string tlsReason(const web::http::http_exception& e) {
    const auto number = static_cast<unsigned long>(static_cast<unsigned int>(e.error_code().value()));
    if (ERR_GET_LIB(number) != ERR_LIB_SSL) return {};
    const char* reason = ERR_reason_error_string(number);
    return reason == nullptr ? std::string() : fmt::format(" ({})", reason);
  }

  const Url server_;
  const std::string serverName_;
  const std::shared_ptr<TlsSetup> tls_;
  const std::shared_ptr<Outstanding> outstanding_ = std::make_shared<Outstanding>();
  std::unique_ptr<web::http::client::http_client> client_;
};

}  // namespace

void initialiseThreadPool() {
  static std::once_flag once;
  std::call_once(once, [] {
    try {
      hideSystemTrust();
      crossplat::threadpool::initialize_with_threads(2);
    } catch (const std::exception&) {
      // Somebody else has initialised it: slower, but it works.
    }
  });
}

Result<std::unique_ptr<Transport>> makeTransport(TransportOptions options) {
  initialiseThreadPool();
  const std::string where = options.server.toString();
  for (const Url* url : {&options.server, options.proxy ? &*options.proxy : &options.server}) {
    // The library hands the brackets on to the name resolution.
    if (url->host.find(':') != std::string::npos) {
      return fail(ErrorCode::Invalid, "{}: cpprestsdk cannot connect to an IPv6 address; write a host's name instead",
                  url->toString());
    }
  }
  try {
    return std::make_unique<CpprestTransport>(std::move(options));
  } catch (const std::exception& e) {
    return fail(ErrorCode::Invalid, "{}: {}; check the address and the proxy-url", where, e.what());
  }
}

}  // namespace tidewright::http
