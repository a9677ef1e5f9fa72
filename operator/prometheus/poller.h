#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "operator/clock.h"
#include "operator/http/transport.h"
#include "operator/prometheus/answer.h"
#include "operator/prometheus/breaker.h"
#include "operator/prometheus/metric_source.h"
#include "operator/prometheus/poll_schedule.h"
#include "operator/result.h"

namespace tidewright::prometheus {

/// A server to ask: the transport to it, and how a person calls it.
struct Server {
  std::shared_ptr<http::Transport> transport;
  std::string address;
};
/// Which server a request goes to, and as whom. Called before each request, from any of the poller's threads; may block
/// until `stop`.
using FindServer = std::function<Result<Server>(const api::Query& request, std::stop_token stop)>;

/// Told of each request once it is over; for metrics. Called from any of the poller's threads.
using QueryObserver =
    std::function<void(const std::string& address, const Error* error, std::chrono::nanoseconds took)>;

struct PollerOptions {
  int perServer = 16;  ///< Requests in flight at one server
  /// Requests in flight at all servers together: one that hangs must not keep the others waiting.
  int inFlight = 64;
  std::chrono::milliseconds timeout{10'000};
  BreakerConfig breaker;
};

/// How it stands with one server.
struct ServerLoad {
  int inFlight = 0;
  /// 0: asked freely, 1: a first request finds out whether it answers again, 2: left alone. Of all who ask it, as
  /// whomever, the worst.
  int breaker = 0;
};

/// Asks each request once a tick, however many queries read its answer, and only as long as somebody subscribes. A
/// server that does not answer is left alone for a while, by whoever asks it with the same credentials.
/// `clock` must outlive it, and it must outlive its subscriptions.
class Poller final : public MetricSource {
 public:
  Poller(FindServer findServer, const Clock& clock, PollerOptions options = {}, QueryObserver observer = {});
  ~Poller() override { stop(); }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void start();
  void stop();

  [[nodiscard]] std::unique_ptr<Subscription> subscribe(const api::Query& query, std::chrono::seconds interval,
                                                        std::function<void()> onAnswer) override;
  [[nodiscard]] Reading read(const api::Query& query) const override;

  /// By the address as a person may see it; those that nobody has asked for two hours are forgotten.
  [[nodiscard]] std::map<std::string, ServerLoad> servers();

  /// Asks one request if one is due, in the calling thread; false if none was. What the threads do, and the way to
  /// test.
  bool step(std::stop_token stop);

 private:
  class Handle;
  struct Subscriber {
    std::chrono::seconds interval{};
    std::shared_ptr<const std::function<void()>> onAnswer;
  };
  struct Asked {
    std::map<std::uint64_t, Subscriber> subscribers;
    std::multiset<std::chrono::seconds> intervals;  ///< Of all of them: the first is what they need together
    std::shared_ptr<const Result<Answer>> answer;   ///< None yet: nullptr
    WallTime answeredAt;
  };

  /// A server, asked as one and the same: what one tenant's wrong credentials break is no other tenant's trouble.
  struct Known {
    std::string address;
    breaker::State breaker;
    int inFlight = 0;
    MonoTime askedAt;
  };

  void unsubscribe(const api::Query& request, std::uint64_t id);
  void ask(const api::Query& request, std::stop_token stop);
  [[nodiscard]] Result<Answer> fetch(const api::Query& request, std::stop_token stop);
  [[nodiscard]] Result<void> mayAsk(const api::Query& request, const std::string& address);
  void heard(const api::Query& request, const Result<Answer>& answer);
  void forgetUnasked();
  void work(const std::stop_token& stop);
  void relieve();

  const FindServer findServer_;
  const Clock& clock_;
  const PollerOptions options_;
  const QueryObserver observer_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;   ///< Tells the thread that is on the lookout
  std::condition_variable_any relieved_;  ///< Tells the idle ones that nobody is
  std::vector<std::jthread> threads_;
  bool started_ = false;
  bool lookout_ = false;  ///< A thread waits for the next time that is due
  int idle_ = 0;          ///< Threads without a request
  PollSchedule schedule_;
  std::map<api::Query, Asked> asked_;
  std::map<api::Query, Known> known_;  ///< By the request without its text: the server, and as whom
  std::uint64_t lastId_ = 0;
};

}  // namespace tidewright::prometheus
