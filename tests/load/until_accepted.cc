#include "tests/load/until_accepted.h"

#include <chrono>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace tidewright::load {
namespace {

using namespace std::chrono_literals;
using boost::system::error_code;

constexpr auto kPatience = 500ms;  // Less than the second after which the kernel itself tries again.
constexpr auto kPause = 50ms;

/// Each from another port: what the nodes remember of a connection that came too early holds for its port.
error_code connectOnce(const boost::asio::ip::tcp::endpoint& peer) {
  boost::asio::io_context io{1};
  boost::beast::tcp_stream stream(io);
  error_code result;
  stream.expires_after(kPatience);
  stream.async_connect(peer, [&](const error_code& error) { result = error; });
  io.run();
  return result;
}

}  // namespace

Result<void> untilAccepted(const Options& options) {
  if (options.waitSeconds <= 0) return {};
  const boost::asio::ip::tcp::endpoint peer(boost::asio::ip::make_address(options.url.address), options.url.port);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(options.waitSeconds);
  for (;;) {
    const error_code error = connectOnce(peer);
    if (!error) return {};
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(ErrorCode::Unavailable, "nobody accepts a connection at {}:{} within {} s: {}", options.url.address,
                  options.url.port, options.waitSeconds, error.message());
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace tidewright::load
