#pragma once

#include <functional>

#include "operator/kube/client.h"

namespace tidewright::control {

/// Lets a write through only while `mayWrite` says so: who has lost the lease writes nothing more, wherever in a
/// reconcile that happens. Reads always pass. `inner` must outlive it.
class Fence final : public http::Transport {
 public:
  Fence(http::Transport& inner, std::function<bool()> mayWrite) : inner_(inner), mayWrite_(std::move(mayWrite)) {}

  Result<http::Response> send(const http::Request& request, std::stop_token stop) override {
    if (request.method != "GET" && !mayWrite_()) {
      return fail(ErrorCode::Cancelled, "not written: this operator does not lead");
    }
    return inner_.send(request, std::move(stop));
  }
  Result<http::Response> stream(const http::Request& request, http::ByteSink& sink, std::stop_token stop) override {
    return inner_.stream(request, sink, std::move(stop));
  }

 private:
  http::Transport& inner_;
  const std::function<bool()> mayWrite_;
};

}  // namespace tidewright::control
