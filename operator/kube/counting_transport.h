#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "operator/clock.h"
#include "operator/http/transport.h"

namespace tidewright::kube {

/// Told of each request once it is over; from any thread. `code` is the status as text, or "<error>" if there was no
/// answer, as in client-go's rest_client_requests_total. A watch counts when it ends, and lasts as long as it was open.
using OnAnswer = std::function<void(std::string_view method, std::string_view code, std::chrono::nanoseconds took)>;

/// Counts what goes through it. `clock` must outlive it.
class CountingTransport final : public http::Transport {
 public:
  CountingTransport(std::unique_ptr<http::Transport> inner, OnAnswer onAnswer, const Clock& clock)
      : inner_(std::move(inner)), onAnswer_(std::move(onAnswer)), clock_(clock) {}

  Result<http::Response> send(const http::Request& request, std::stop_token stop) override {
    const MonoTime start = clock_.mono();
    return counted(request, start, inner_->send(request, stop));
  }
  Result<http::Response> stream(const http::Request& request, http::ByteSink& sink, std::stop_token stop) override {
    const MonoTime start = clock_.mono();
    return counted(request, start, inner_->stream(request, sink, stop));
  }

 private:
  Result<http::Response> counted(const http::Request& request, MonoTime start, Result<http::Response> answer) const {
    onAnswer_(request.method, answer ? std::to_string(answer->status) : "<error>", clock_.mono() - start);
    return answer;
  }

  const std::unique_ptr<http::Transport> inner_;
  const OnAnswer onAnswer_;
  const Clock& clock_;
};

}  // namespace tidewright::kube
