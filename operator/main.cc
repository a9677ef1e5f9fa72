// How the program is made, top to bottom. Nothing is decided here.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

#include "operator/clock.h"
#include "operator/control/access.h"
#include "operator/control/check.h"
#include "operator/control/fence.h"
#include "operator/control/http_endpoint.h"
#include "operator/control/options.h"
#include "operator/control/reconciler.h"
#include "operator/http/cpprest_transport.h"
#include "operator/kube/client.h"
#include "operator/kube/connection.h"
#include "operator/kube/controller.h"
#include "operator/kube/events.h"
#include "operator/kube/queue.h"

namespace tidewright {
namespace {

/// A watch that is silent for so long is dead: the server speaks at least every 290 s.
constexpr std::chrono::seconds kLongestSilence{320};
constexpr std::chrono::seconds kFlushTime{5};

int say(const Error& error) {
  fmt::print(stderr, "tidewright: {}\n", error.message());
  return 1;
}

/// "node-1_6f3a": the pod's or host's name, and what tells two processes there apart.
std::string identity() {
  std::string host = std::getenv("POD_NAME") != nullptr ? std::getenv("POD_NAME") : "";
  if (host.empty()) {
    host.resize(256);
    host = gethostname(host.data(), host.size()) == 0 ? host.c_str() : "unknown";
  }
  return fmt::format("{}_{:08x}", host, std::random_device{}());
}

sigset_t endSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

int check(const kube::Connection& connection) {
  const kube::Client client(*connection.calls, {.fieldManager = "tidewright"});
  const Result<std::string> found = control::checkCluster(client, connection.server, {});
  if (!found) return say(found.error());
  fmt::print("{}", *found);
  return 0;
}

int run(const control::Options& options) {
  http::initialiseThreadPool();
  const sigset_t signals = endSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const SystemClock clock;
  const control::Log log(options.logLevel, options.logFormat);
  control::Metrics metrics;
  const Result<kube::Access> access = control::findAccess(options);
  if (!access) return say(access.error());
  Result<kube::Connection> connection =
      kube::connect(*access,
                    {.userAgent = fmt::format("tidewright/{}", control::version()),
                     .onAnswer = [&metrics](std::string_view method, std::string_view code,
                                            std::chrono::nanoseconds) { metrics.answered(method, code); }},
                    clock);
  if (!connection) return say(connection.error());
  if (options.check) return check(*connection);

  const std::atomic<bool> leading = true;
  control::Fence fence(*connection->calls, [&leading] { return leading.load(); });
  const kube::Client client(fence, {.fieldManager = "tidewright"});
  kube::EventRecorder events(client,
                             {.reportingController = "tidewright.dev/operator",
                              .reportingInstance = identity(),
                              .onError = [&log](const Error& error) {
                                log.warn("event not written", {{"error", error.message()}});
                              }},
                             clock);
  kube::Queue queue(clock, &metrics);
  kube::Expectations expectations(clock);
  control::Watches watches(*connection->watches, clock, options.namespaces, queue, expectations, log);
  control::NoSamples samples;
  control::Reconciler reconciler({client, watches, expectations, events, samples, metrics, clock, log});
  kube::Controller controller(
      queue, clock,
      [&reconciler](const kube::ObjectKey& key, std::stop_token stop) { return reconciler.reconcile(key, stop); },
      [&](const kube::ObjectKey& key, kube::ReconcileResult result, const Error* error,
          std::chrono::nanoseconds took) {
        metrics.reconciled(result, took);
        if (error != nullptr) log.warn("reconcile failed", {{"app", key.toString()}, {"error", error->message()}});
      });

  const auto metricsPage = [&] {
    control::Metrics::Live live{.depth = queue.depth(), .unfinished = queue.unfinished()};
    for (const control::Caches& caches : watches.all()) {
      for (const auto& [cache, age] : caches.ages()) live.lastHeard[cache] = std::max(live.lastHeard[cache], age);
    }
    return control::Page{.text = metrics.text(live)};
  };
  const auto readyPage = [&]() -> control::Page {
    if (!watches.synced()) return {false, "the first lists are not complete\n"};
    if (watches.longestSilence() > kLongestSilence) return {false, "a watch has been silent for too long\n"};
    return {true, "ready\n"};
  };
  const auto endpoint = control::HttpEndpoint::listen(
      options.listenHost, options.listenPort,
      {{"/metrics", metricsPage}, {"/readyz", readyPage}, {"/healthz", [] { return control::Page{.text = "ok\n"}; }}});
  if (!endpoint) return say(endpoint.error());

  log.info("started", {{"version", std::string(control::version())},
                       {"server", connection->server},
                       {"port", (*endpoint)->port()}});
  watches.start();
  std::jthread starter([&](const std::stop_token& stop) {
    if (!watches.waitForSync(stop)) return;
    log.info("caches are complete");
    controller.start(options.workers);
  });

  int signal = 0;
  sigwait(&signals, &signal);
  log.info("ending", {{"signal", signal}});
  starter.request_stop();
  starter.join();
  controller.stop();
  std::stop_source tooLate;
  std::jthread timer([&tooLate](const std::stop_token& stop) {
    if (kube::sleepFor(kFlushTime, stop)) tooLate.request_stop();
  });
  reconciler.flush(tooLate.get_token());
  timer.request_stop();
  watches.stop();
  log.info("ended");
  return 0;
}

}  // namespace
}  // namespace tidewright

int main(int argc, char** argv) {
  using namespace tidewright;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto parsed = control::parseOptions(arguments);
  if (const auto* early = std::get_if<control::EarlyExit>(&parsed)) {
    fmt::print(early->code == 0 ? stdout : stderr, "{}", early->text);
    return early->code;
  }
  return run(std::get<control::Options>(parsed));
}
