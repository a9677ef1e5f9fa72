#include "operator/control/metrics.h"

#include <prometheus/text_serializer.h>

namespace tidewright::control {
namespace {

using ::prometheus::BuildCounter;
using ::prometheus::BuildGauge;
using ::prometheus::BuildHistogram;
using ::prometheus::Histogram;

const Histogram::BucketBoundaries kSeconds{0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
const Histogram::BucketBoundaries kShort{0.00001, 0.0001, 0.001, 0.01, 0.1, 1};
const ::prometheus::Labels kController{{"controller", "scaledapp"}};
const ::prometheus::Labels kQueue{{"name", "scaledapp"}, {"controller", "scaledapp"}};

double seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

::prometheus::Gauge& gauge(::prometheus::Registry& registry, const char* name, const char* help,
                           const ::prometheus::Labels& labels) {
  return BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

::prometheus::Counter& counter(::prometheus::Registry& registry, const char* name, const char* help,
                               const ::prometheus::Labels& labels) {
  return BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

Histogram& histogram(::prometheus::Registry& registry, const char* name, const char* help,
                     const ::prometheus::Labels& labels, const Histogram::BucketBoundaries& buckets) {
  return BuildHistogram().Name(name).Help(help).Register(registry).Add(labels, buckets);
}

}  // namespace

Metrics::Metrics()
    : reconciles_(BuildCounter()
                      .Name("controller_runtime_reconcile_total")
                      .Help("Reconciles by their result")
                      .Register(registry_)),
      reconcileTime_(histogram(registry_, "controller_runtime_reconcile_time_seconds", "How long a reconcile took",
                               kController, kSeconds)),
      adds_(counter(registry_, "workqueue_adds_total", "Keys put into the queue", kQueue)),
      retries_(counter(registry_, "workqueue_retries_total", "Keys put back after an error", kQueue)),
      queueTime_(histogram(registry_, "workqueue_queue_duration_seconds", "How long a key that was due waited", kQueue,
                           kSeconds)),
      workTime_(
          histogram(registry_, "workqueue_work_duration_seconds", "How long a key was worked on", kQueue, kSeconds)),
      depth_(gauge(registry_, "workqueue_depth", "Keys that are due and wait", kQueue)),
      unfinished_(
          gauge(registry_, "workqueue_unfinished_work_seconds", "How long all that is worked on has been", kQueue)),
      longest_(gauge(registry_, "workqueue_longest_running_processor_seconds", "How long the longest of it has been",
                     kQueue)),
      requests_(BuildCounter()
                    .Name("rest_client_requests_total")
                    .Help("Requests to the API server by method and status")
                    .Register(registry_)),
      leading_(gauge(registry_, "leader_election_master_status", "1 while this operator is the one that acts",
                     {{"name", "tidewright"}})),
      lastHeard_(BuildGauge()
                     .Name("tidewright_watch_last_heard_seconds")
                     .Help("How long ago a watch last said anything")
                     .Register(registry_)),
      decisionTime_(
          histogram(registry_, "tidewright_decision_seconds", "How long deciding took, without any I/O", {}, kShort)),
      scalings_(counter(registry_, "tidewright_scaling_decisions_total",
                        "Counts decided from the metrics, changed or not", {})),
      queryTime_(
          histogram(registry_, "tidewright_prometheus_query_duration_seconds", "How long a query took", {}, kSeconds)),
      queryFailures_(counter(registry_, "tidewright_prometheus_query_failures_total", "Queries without an answer", {})),
      queriesInFlight_(BuildGauge()
                           .Name("tidewright_prometheus_queries_in_flight")
                           .Help("Queries that the server has not answered yet")
                           .Register(registry_)),
      breaker_(BuildGauge()
                   .Name("tidewright_prometheus_breaker_state")
                   .Help("0: asked freely, 1: one query finds out whether it answers again, 2: left alone for a while")
                   .Register(registry_)) {}

void Metrics::added() { adds_.Increment(); }
void Metrics::retried() { retries_.Increment(); }
void Metrics::taken(std::chrono::nanoseconds waited) { queueTime_.Observe(seconds(waited)); }
void Metrics::done(std::chrono::nanoseconds worked) { workTime_.Observe(seconds(worked)); }

void Metrics::reconciled(kube::ReconcileResult result, std::chrono::nanoseconds took) {
  reconciles_.Add({{"controller", "scaledapp"}, {"result", std::string(kube::toString(result))}}).Increment();
  reconcileTime_.Observe(seconds(took));
}

void Metrics::answered(std::string_view method, std::string_view code) {
  requests_.Add({{"method", std::string(method)}, {"code", std::string(code)}}).Increment();
}

void Metrics::leading(bool leading) { leading_.Set(leading ? 1 : 0); }
void Metrics::decided(std::chrono::nanoseconds took) { decisionTime_.Observe(seconds(took)); }

void Metrics::queried(std::chrono::nanoseconds took, bool failed) {
  queryTime_.Observe(seconds(took));
  if (failed) queryFailures_.Increment();
}

std::string Metrics::text(const Live& live) {
  depth_.Set(static_cast<double>(live.depth));
  unfinished_.Set(seconds(live.unfinished.sum));
  longest_.Set(seconds(live.unfinished.longest));
  for (const auto& [cache, age] : live.lastHeard) lastHeard_.Add({{"cache", cache}}).Set(seconds(age));
  const auto show = [&live](Gauges& gauges, std::map<std::string, ::prometheus::Gauge*>& shown, auto value) {
    std::erase_if(shown, [&](const auto& entry) {
      if (live.servers.contains(entry.first)) return false;
      gauges.Remove(entry.second);
      return true;
    });
    for (const auto& [server, load] : live.servers) {
      ::prometheus::Gauge*& one = shown[server];
      if (one == nullptr) one = &gauges.Add({{"server", server}});
      one->Set(value(load));
    }
  };
  const std::lock_guard lock(mutex_);
  show(queriesInFlight_, shownInFlight_, [](const prometheus::ServerLoad& load) { return load.inFlight; });
  show(breaker_, shownBreakers_, [](const prometheus::ServerLoad& load) { return load.breaker; });
  std::string text = ::prometheus::TextSerializer().Serialize(registry_.Collect());
  apps.render(text);
  return text;
}

}  // namespace tidewright::control
