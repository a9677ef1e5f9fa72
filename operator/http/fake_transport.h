#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operator/http/transport.h"

namespace tidewright::http {

/// What a FakeTransport's server answers. `send` returns the response as it is. `stream` of a 2xx writes
/// `response.body` (if any), then each of `chunks`, then ends with `ending`, or, with `stayOpen`, waits for the stop.
struct FakeAnswer {
  Response response{.status = 200};
  std::vector<std::string> chunks;
  std::optional<Error> ending;
  bool stayOpen = false;
  /// For a body that the test decides as it goes: called after the chunks, in the streaming thread.
  std::function<Result<void>(ByteSink& sink, std::stop_token stop)> live;
};

/// A server in memory for unit tests: a function answers each request, from whichever thread asks. Thread-safe as
/// far as the handler is; the handler is never called under a lock.
class FakeTransport final : public Transport {
 public:
  using Handler = std::function<Result<FakeAnswer>(const Request& request)>;

  explicit FakeTransport(Handler handler) : handler_(std::move(handler)) {}

  /// All requests so far, in the order of their arrival.
  [[nodiscard]] std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  [[nodiscard]] Result<Response> send(const Request& request, std::stop_token stop) override {
    Result<FakeAnswer> answer = take(request, stop);
    if (!answer) return fail(answer.error());
    if (answer->stayOpen) return untilStopped(stop);
    for (const std::string& chunk : answer->chunks) answer->response.body += chunk;
    if (answer->ending) return fail(*answer->ending);
    if (answer->response.body.size() > request.largestBody) {
      return fail(ErrorCode::Invalid, "fake: the answer has more than {} bytes", request.largestBody);
    }
    return std::move(answer->response);
  }

  [[nodiscard]] Result<Response> stream(const Request& request, ByteSink& sink, std::stop_token stop) override {
    Result<FakeAnswer> answer = take(request, stop);
    if (!answer) return fail(answer.error());
    Response response = std::move(answer->response);
    if (response.status < 200 || response.status > 299) return response;
    answer->chunks.insert(answer->chunks.begin(), std::exchange(response.body, {}));
    for (const std::string& chunk : answer->chunks) {
      if (stop.stop_requested()) return untilStopped(stop);
      if (chunk.empty()) continue;
      if (const Result<void> written = sink.write(chunk); !written) return fail(written.error());
    }
    if (answer->live) {
      if (const Result<void> lived = answer->live(sink, stop); !lived) return fail(lived.error());
    }
    if (answer->ending) return fail(*answer->ending);
    if (answer->stayOpen) return untilStopped(stop);
    return response;
  }

 private:
  Result<FakeAnswer> take(const Request& request, const std::stop_token& stop) {
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "fake: stopped before the request");
    return handler_(request);
  }

  static Result<Response> untilStopped(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, stop, [] { return false; });
    return fail(ErrorCode::Cancelled, "fake: stopped");
  }

  Handler handler_;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
};

}  // namespace tidewright::http
