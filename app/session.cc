#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without including it

#include "app/session.h"

#include <cstdlib>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>

namespace tidewright::app {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr std::uint32_t kMaxHead = 16 * 1024;
constexpr std::uint64_t kMaxBody = 1024 * 1024;
constexpr seconds kIdleTime{120};
constexpr seconds kHeadTime{10};
constexpr seconds kBodyTime{30};
constexpr seconds kWriteTime{30};
constexpr seconds kLingerTime{2};
constexpr std::size_t kMaxLinger = 4 * kMaxBody;
constexpr int kCrashExitCode = 134;  // what a shell shows for SIGABRT

auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

/// The gauge of requests in flight, however the request ends.
class InFlight {
 public:
  explicit InFlight(Slot& slot) : slot_(slot) { slot_.inFlight.fetch_add(1, std::memory_order_relaxed); }
  ~InFlight() { slot_.inFlight.fetch_sub(1, std::memory_order_relaxed); }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  Slot& slot_;
};

}  // namespace

Session::Session(asio::ip::tcp::socket socket, const SessionContext& context, std::set<Session*>& open)
    : stream_(std::move(socket)), context_(context), open_(open) {
  open_.insert(this);
  context_.slot.connections.fetch_add(1, std::memory_order_relaxed);
}

Session::~Session() {
  open_.erase(this);
  context_.slot.connections.fetch_sub(1, std::memory_order_relaxed);
}

void Session::closeIfIdle() {
  error_code ignored;
  // What has arrived in the kernel but was not read yet is a request, and it will be answered.
  if (idle_ && stream_.socket().available(ignored) == 0) stream_.socket().cancel(ignored);
}

void Session::cutIfBusy() {
  if (!idle_) stream_.close();
}

asio::awaitable<void> Session::run() {
  for (bool more = true; more;) {
    more = co_await awaitFirstByte();
    HttpRequest request;
    if (more) more = co_await read(request);
    if (more) more = co_await serve(request);
  }
  stream_.close();
}

asio::awaitable<bool> Session::awaitFirstByte() {
  if (buffer_.size() > 0) co_return true;  // pipelined
  error_code error;
  idle_ = true;
  stream_.expires_after(kIdleTime);
  const std::size_t got = co_await stream_.async_read_some(buffer_.prepare(4096), into(error));
  idle_ = false;
  buffer_.commit(got);
  co_return !error;
}

asio::awaitable<bool> Session::read(HttpRequest& request) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(kMaxHead);
  parser.body_limit(kMaxBody);
  error_code error;
  stream_.expires_after(kHeadTime);
  const std::size_t head = co_await http::async_read_header(stream_, buffer_, parser, into(error));
  // The parser's own limit does not count the first line.
  if (!error && head > kMaxHead) error = http::error::header_limit;
  if (!error && beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    http::response<http::empty_body> goOn(http::status::continue_, 11);
    co_await http::async_write(stream_, goOn, into(error));
  }
  if (!error) {
    stream_.expires_after(kBodyTime);
    co_await http::async_read(stream_, buffer_, parser, into(error));
  }
  if (!error) {
    request = parser.release();
    co_return true;
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    co_return co_await refuse(431, "the request's head is over 16 KiB\n");
  }
  if (error == http::error::body_limit) co_return co_await refuse(413, "the request's body is over 1 MiB\n");
  const bool ended = error == http::error::end_of_stream || error == http::error::partial_message;
  if (!ended && error.category() == make_error_code(http::error::bad_method).category()) {
    co_return co_await refuse(400, "malformed request: " + error.message() + "\n");
  }
  co_return false;  // gone, or too slow
}

asio::awaitable<bool> Session::serve(const HttpRequest& request) {
  const auto readAt = steady_clock::now();
  const Request seen{view(request.method_string()), view(request.target())};
  const Answer answer = context_.routes.answer(seen, context_.stage());
  std::optional<InFlight> inFlight;
  if (answer.load) inFlight.emplace(context_.slot);
  if (answer.effect == Effect::Crash) std::_Exit(kCrashExitCode);
  error_code error;
  asio::steady_timer timer(stream_.get_executor());
  if (answer.effect == Effect::Hang) {
    timer.expires_at(steady_clock::time_point::max());
    co_await timer.async_wait(into(error));
    co_return false;
  }
  co_await context_.work.burn(answer.work);
  if (answer.delay.count() > 0) {
    timer.expires_after(answer.delay);
    co_await timer.async_wait(into(error));
  }
  ++served_;
  const bool lastOne = context_.maxRequests > 0 && served_ >= context_.maxRequests;
  HttpResponse response = respond(answer, request.keep_alive() && !lastOne && !context_.closing());
  const bool sent = co_await write(response, request.method() == http::verb::head);
  if (sent && answer.load) context_.board.count(answer.status, steady_clock::now() - readAt);
  inFlight.reset();
  if (sent && !response.keep_alive()) co_await linger();
  co_return sent&& response.keep_alive();
}

asio::awaitable<bool> Session::refuse(unsigned status, std::string_view why) {
  HttpResponse response = respond(Answer{.status = status, .body = std::string(why)}, false);
  if (co_await write(response, false)) {
    context_.board.count(status, {});
    co_await linger();
  }
  co_return false;
}

asio::awaitable<bool> Session::write(HttpResponse& response, bool head) {
  error_code error;
  stream_.expires_after(kWriteTime);
  if (head) {
    http::response_serializer<http::string_body> serializer(response);
    co_await http::async_write_header(stream_, serializer, into(error));
  } else {
    co_await http::async_write(stream_, response, into(error));
  }
  co_return !error;
}

asio::awaitable<void> Session::linger() {
  error_code error;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  stream_.expires_after(kLingerTime);
  for (std::size_t read = 0; !error && read < kMaxLinger;) {
    buffer_.clear();
    read += co_await stream_.async_read_some(buffer_.prepare(16 * 1024), into(error));
  }
}

Session::HttpResponse Session::respond(const Answer& answer, bool keep) const {
  HttpResponse response(static_cast<http::status>(answer.status), 11);
  response.set(http::field::content_type, answer.contentType);
  response.set("X-Instance", context_.instance);
  response.set("X-Version", context_.version);
  for (const auto& [name, value] : answer.headers) response.set(name, value);
  response.body() = answer.body;
  response.keep_alive(keep);
  response.prepare_payload();
  return response;
}

}  // namespace tidewright::app
