#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "operator/control/queries.h"
#include "operator/kube/queue.h"
#include "operator/prometheus/metric_source.h"

namespace tidewright::control {

/// Keeps every app's queries asked for as long as the app wants them, and queues the app when an answer is there. What
/// ten thousand apps want alike is kept once.
/// `source` and `queue` must outlive it. Thread-safe.
class MetricFeed {
 public:
  MetricFeed(prometheus::MetricSource& source, kube::Queue& queue) : source_(source), queue_(queue) {}

  /// What the app needs from now on; nothing: it needs nothing more. One thread at a time for one app.
  void want(const kube::ObjectKey& app, const std::vector<AskedQuery>& queries);
  /// What is known at once; none: nobody has been asked yet, or nobody answered yet.
  [[nodiscard]] std::optional<prometheus::Reading> read(const api::Query& query) const;

 private:
  /// Who is told of an answer.
  struct Audience {
    std::mutex mutex;
    std::vector<kube::ObjectKey> apps;
  };
  struct Group {
    std::shared_ptr<Audience> audience;
    std::unique_ptr<prometheus::Subscription> subscription;
  };
  using Groups = std::map<AskedQuery, Group>;

  void join(Groups::iterator group, const kube::ObjectKey& app);
  void leave(Groups::iterator group, const kube::ObjectKey& app);

  prometheus::MetricSource& source_;
  kube::Queue& queue_;
  std::mutex mutex_;
  Groups groups_;
  std::map<kube::ObjectKey, std::vector<Groups::iterator>> wanted_;
};

}  // namespace tidewright::control
