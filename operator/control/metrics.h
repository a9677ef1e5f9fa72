#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "operator/control/app_series.h"
#include "operator/kube/controller.h"
#include "operator/kube/queue.h"
#include "operator/prometheus/poller.h"

namespace tidewright::control {

/// What the operator says of itself. The names are controller-runtime's, so that dashboards made for it work, and
/// tidewright_* for what only we do. Thread-safe.
class Metrics final : public kube::QueueObserver {
 public:
  Metrics();

  void added() override;
  void retried() override;
  void taken(std::chrono::nanoseconds waited) override;
  void done(std::chrono::nanoseconds worked) override;

  void reconciled(kube::ReconcileResult result, std::chrono::nanoseconds took);
  void answered(std::string_view method, std::string_view code);
  void leading(bool leading);
  void decided(std::chrono::nanoseconds took);
  /// A count was decided from the metrics.
  void scaled() { scalings_.Increment(); }
  void queried(std::chrono::nanoseconds took, bool failed);

  AppSeries apps;

  /// What is read only when somebody asks.
  struct Live {
    std::size_t depth = 0;
    kube::Queue::Unfinished unfinished;
    std::map<std::string, std::chrono::nanoseconds> lastHeard;  ///< By cache
    std::map<std::string, prometheus::ServerLoad> servers;      ///< By address
  };
  /// The text that Prometheus scrapes.
  [[nodiscard]] std::string text(const Live& live);

 private:
  using Gauges = ::prometheus::Family<::prometheus::Gauge>;

  ::prometheus::Registry registry_;
  ::prometheus::Family<::prometheus::Counter>& reconciles_;
  ::prometheus::Histogram& reconcileTime_;
  ::prometheus::Counter& adds_;
  ::prometheus::Counter& retries_;
  ::prometheus::Histogram& queueTime_;
  ::prometheus::Histogram& workTime_;
  ::prometheus::Gauge& depth_;
  ::prometheus::Gauge& unfinished_;
  ::prometheus::Gauge& longest_;
  ::prometheus::Family<::prometheus::Counter>& requests_;
  ::prometheus::Gauge& leading_;
  Gauges& lastHeard_;
  ::prometheus::Histogram& decisionTime_;
  ::prometheus::Counter& scalings_;
  ::prometheus::Histogram& queryTime_;
  ::prometheus::Counter& queryFailures_;
  Gauges& queriesInFlight_;
  Gauges& breaker_;
  std::mutex mutex_;
  std::map<std::string, ::prometheus::Gauge*> shownInFlight_;
  std::map<std::string, ::prometheus::Gauge*> shownBreakers_;
};

}  // namespace tidewright::control
