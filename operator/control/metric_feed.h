#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "operator/control/scaling.h"
#include "operator/kube/queue.h"
#include "operator/prometheus/metric_source.h"

namespace tidewright::control {

/// Keeps every app's queries asked for as long as the app wants them, and queues the app when an answer is there.
/// `source` and `queue` must outlive it. Thread-safe.
class MetricFeed {
 public:
  MetricFeed(prometheus::MetricSource& source, kube::Queue& queue) : source_(source), queue_(queue) {}

  /// What the app needs from now on; nothing: it needs nothing more.
  void want(const kube::ObjectKey& app, std::vector<api::Query> queries, std::chrono::seconds poll);
  /// What is known at once; none: nobody has been asked yet.
  [[nodiscard]] std::optional<api::Sample> read(const api::Query& query) const;

 private:
  struct Wanted {
    std::vector<api::Query> queries;
    std::chrono::seconds poll{};
    std::vector<std::unique_ptr<prometheus::Subscription>> subscriptions;
  };

  prometheus::MetricSource& source_;
  kube::Queue& queue_;
  std::mutex mutex_;
  std::map<kube::ObjectKey, Wanted> wanted_;
};

}  // namespace tidewright::control
