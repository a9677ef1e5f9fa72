#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operator/control/reconciler.h"
#include "operator/http/fake_transport.h"
#include "operator/kube/queue.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::control {

/// Says the same of every query.
struct OneSample final : prometheus::MetricSource {
  api::Sample sample = api::Unknown{"nobody answers"};

  std::unique_ptr<prometheus::Subscription> subscribe(const api::Query&, std::chrono::seconds,
                                                      std::function<void()>) override {
    return std::make_unique<prometheus::Subscription>();
  }
  prometheus::Reading read(const api::Query&) const override {
    return {.sample = sample, .evaluatedAt = {}, .answeredAt = WallTime{}, .failure = {}};
  }
};

/// What the API server said instead of taking a request.
struct Refused {
  int status = 422;
  std::string reason = "Invalid";
  std::string message;
};

/// A reconciler with its real parts, before an API server in memory that takes every write and notes it. The caches
/// hold what a test puts there.
class Shop {
 public:
  struct Call {
    std::string method;
    std::string path;  ///< "replicasets", "scaledapps/web/status"; "?dryRun" behind it when it is one
    nlohmann::json body;
  };

  Shop();
  ~Shop() { holdsLists = false; }
  /// "shop/web" with that spec and status.
  void app(const nlohmann::json& spec, const nlohmann::json& status = nullptr, int64_t generation = 1);
  /// A ReplicaSet of that template (by default the app's), all its pods ready and available.
  std::string replicaSet(int32_t replicas, int32_t desired, const nlohmann::json& podTemplate);
  /// The first one of the app, of whose pods so many are available; it was never all of it.
  std::string firstReplicaSet(int32_t replicas, int32_t available, const nlohmann::json& podTemplate);
  /// The ReplicaSet that somebody made of that manifest, with all its pods, and as the whole app if it is stable: its
  /// revision.
  std::string run(const nlohmann::json& manifest, bool stable = true);
  /// What the app is asked for by its annotation, from the next `app` on.
  std::string command;
  /// What it was asked for, noted when it was taken.
  std::string commandTaken;
  /// nullopt: it is taken.
  std::function<std::optional<Refused>(const Call& call)> refuses;
  /// What the next reconcile waits for, asked whether it is there.
  std::function<bool()> awaits;
  /// What a read of any object gives: one that is ours.
  nlohmann::json standing;
  /// What a list of a whole collection gives, by its plural; one that is not here is not answered.
  std::map<std::string, nlohmann::json> lists;
  /// While it is true no list is answered, however soon a watch asks.
  std::atomic<bool> holdsLists = false;

  Result<kube::Requeue> reconcile(kube::Cause cause = kube::Cause::Change);
  /// As a new process over the same cluster.
  void restart();

  /// Writes since the last `clear`, Events left out.
  [[nodiscard]] std::vector<Call> writes() const;
  /// "POST services", "PATCH scaledapps/web/status".
  [[nodiscard]] std::vector<std::string> lines() const;
  [[nodiscard]] const Call* find(const std::string& line) const;
  void clear();
  /// The collections that somebody listed or watched.
  [[nodiscard]] std::vector<std::string> reads() const;
  /// The reasons of the Events so far; ends the recorder, so it is the last thing asked.
  [[nodiscard]] std::vector<std::string> eventReasons();
  /// The status as the last write left it.
  [[nodiscard]] nlohmann::json status() const;
  [[nodiscard]] nlohmann::json condition(const std::string& type) const;
  [[nodiscard]] Caches& caches() { return watches_->of("shop"); }

  FakeClock clock;
  OneSample samples;

 private:
  std::string put(int32_t replicas, int32_t available, const nlohmann::json& podTemplate,
                  decide::RevisionRecord record);
  Result<http::FakeAnswer> answer(const http::Request& request);
  http::FakeAnswer answerList(const http::Request& request);
  static http::FakeAnswer refusal(const Refused& refused);

  mutable std::mutex mutex_;
  std::vector<Call> calls_;
  std::vector<std::string> events_, reads_;
  nlohmann::json status_;
  int version_ = 100;
  http::FakeTransport transport_;
  kube::Client client_;
  Log log_;
  Metrics metrics_;
  std::unique_ptr<kube::EventRecorder> recorder_;
  std::unique_ptr<kube::Queue> queue_;
  std::unique_ptr<kube::Expectations> expectations_;
  std::unique_ptr<Watches> watches_;
  std::unique_ptr<MetricFeed> feed_;
  std::unique_ptr<Reconciler> reconciler_;
};

}  // namespace tidewright::control
