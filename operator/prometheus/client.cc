#include "operator/prometheus/client.h"

#include <utility>

#include <fmt/format.h>

#include "operator/http/url.h"
#include "operator/prometheus/parse_answer.h"

namespace tidewright::prometheus {
namespace {

/// Servers and proxies accept at least this much in a request line.
constexpr std::size_t kLongestTarget = 2000;

http::Request requestFor(const std::string& expression, std::chrono::milliseconds timeout) {
  // The server gives up a little before us: a query that nobody waits for must not load it, and its own answer says
  // that the query was too slow, not that the server is gone.
  const http::Query parameters{{"query", expression}, {"timeout", fmt::format("{}ms", timeout.count() * 9 / 10)}};
  std::string target = http::withQuery("/api/v1/query", parameters);
  http::Request request{
      .headers = {{"Accept", "application/json"}}, .timeout = timeout, .total = timeout, .largestBody = kMaxAnswer};
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
  const Result<http::Response> response = transport.send(requestFor(expression, timeout), std::move(stop));
  if (!response) return fail(response.error());
  return parseAnswer(*response, clock.wall());
}

}  // namespace tidewright::prometheus
