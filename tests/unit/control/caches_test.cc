#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>

#include "operator/control/caches.h"
#include "operator/http/fake_transport.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::control {
namespace {

/// Until it is told to stop.
void await(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any told;
  std::unique_lock lock(mutex);
  told.wait(lock, stop, [] { return false; });
}

TEST(Caches, WhatComesWhileTheyEndIsStillTaken) {
  std::promise<void> watched;
  http::FakeTransport transport([&](const http::Request&) -> Result<http::FakeAnswer> {
    return http::FakeAnswer{.live = [&watched](http::ByteSink& sink, const std::stop_token& stop) {
      watched.set_value();
      await(stop);
      return sink.write(R"({"type":"ADDED","object":)"
                        R"({"metadata":{"namespace":"shop","name":"settings","resourceVersion":"7"}}})"
                        "\n");
    }};
  });
  const FakeClock clock;
  kube::Queue queue(clock);
  kube::Expectations expectations(clock);
  const Log log(LogLevel::Error, LogFormat::Text);
  std::optional<Caches> caches(std::in_place, transport, clock, "", queue, expectations, log);
  caches->follow({"shop", "web"}, kConfigMapCache, {{"shop", "settings"}});
  EXPECT_TRUE(caches->need(kConfigMapCache)) << "there is no list yet";
  watched.get_future().wait();

  caches.reset();

  EXPECT_EQ(queue.depth(), 1U) << "who follows the object is woken, by what is still there";
}

}  // namespace
}  // namespace tidewright::control
