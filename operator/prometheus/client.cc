#include "operator/prometheus/client.h"

#include <utility>

#include <fmt/format.h>

#include "operator/http/url.h"

namespace tidewright::prometheus {
namespace {

/// Servers and proxies accept at least this much in a request line.
constexpr std::size_t kLongestTarget = 2000;

class CappedBody final : public http::ByteSink {
 public:
  Result<void> write(std::string_view bytes) override {
    if (body_.size() + bytes.size() > kMaxAnswer) {
      return fail(ErrorCode::Invalid, "the answer has more than {} MiB", kMaxAnswer / 1024 / 1024);
    }
    body_.append(bytes);
    return {};
  }
  [[nodiscard]] std::string take() { return std::move(body_); }

 private:
  std::string body_;
};

http::Request requestFor(const std::string& expression, std::chrono::milliseconds timeout) {
  // The server gives up when we would: a query nobody waits for must not load it.
  const http::Query parameters{{"query", expression}, {"timeout", fmt::format("{}ms", timeout.count())}};
  std::string target = http::withQuery("/api/v1/query", parameters);
  http::Request request{.headers = {{"Accept", "application/json"}}, .timeout = timeout};
  if (target.size() <= kLongestTarget) {
    request.target = std::move(target);
  } else {
    request.method = "POST";
    request.target = "/api/v1/query";
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = http::withQuery("", parameters).substr(1);
  }
  return request;
}

}  // namespace

Result<Answer> query(http::Transport& transport, const std::string& expression, std::chrono::milliseconds timeout,
                     const Clock& clock, std::stop_token stop) {
  CappedBody body;
  Result<http::Response> response = transport.stream(requestFor(expression, timeout), body, std::move(stop));
  if (!response) return fail(response.error());
  if (response->body.empty()) response->body = body.take();
  return parseAnswer(*response, clock.wall());
}

}  // namespace tidewright::prometheus
