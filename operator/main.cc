// How the program is made, top to bottom. Nothing is decided here.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>
#include <unistd.h>

#include "operator/clock.h"
#include "operator/control/access.h"
#include "operator/control/check.h"
#include "operator/control/fence.h"
#include "operator/control/http_endpoint.h"
#include "operator/control/kinds.h"
#include "operator/control/metric_servers.h"
#include "operator/control/options.h"
#include "operator/control/reconciler.h"
#include "operator/control/secrets.h"
#include "operator/http/make_transport.h"
#include "operator/kube/client.h"
#include "operator/kube/connection.h"
#include "operator/kube/controller.h"
#include "operator/kube/events.h"
#include "operator/kube/leader_election.h"
#include "operator/kube/queue.h"
#include "operator/prometheus/poller.h"

namespace tidewright {
namespace {

/// A watch that is silent for so long is dead: the server speaks at least every 290 s.
constexpr std::chrono::seconds kLongestSilence{320};
constexpr std::chrono::seconds kFlushTime{5};
/// A lease that is free is ours after two requests.
constexpr std::chrono::seconds kFirstAnswer{1};
/// Each thread would else get a heap of its own, and what one has freed is of no use to the others. Fewer than this and
/// they wait for each other: a restart with ten thousand apps takes a second longer with two.
constexpr int kHeaps = 8;
/// What a list has left free between what is kept is given back so often; it takes about a millisecond.
constexpr std::chrono::seconds kBetweenTrims{20};
/// How exactly is told when all apps have been looked at.
constexpr std::chrono::milliseconds kCatchingUp{50};

int say(const Error& error) {
  fmt::print(stderr, "tidewright: {}\n", error.message());
  return 1;
}

/// In a pod its name, which no other pod ever bears: a container that was started again takes its own lease back at
/// once, for the one before it is gone. Else "node-1_6f3a": the host's, and what tells two processes there apart.
std::string identity() {
  if (const char* pod = std::getenv("POD_NAME"); pod != nullptr && *pod != '\0') return pod;
  std::string host(256, '\0');
  host = gethostname(host.data(), host.size()) == 0 ? host.c_str() : "unknown";
  return fmt::format("{}_{:08x}", host, std::random_device{}());
}

sigset_t endSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

Result<std::unique_ptr<http::Transport>> connectPrometheus(const std::string& address, const control::ServerTls& tls) {
  Result<http::Url> server = http::parseUrl(address);
  if (!server) return fail(server.error());
  http::Tls known{.serverName = tls.serverName, .insecureSkipVerify = tls.insecureSkipVerify};
  if (!tls.ca.empty()) known.ca = http::pemText(tls.ca);
  if (!tls.certificate.empty()) {
    known.clientCertificate = [shown = http::ClientCertificate{tls.certificate, tls.key}] {
      return std::optional(shown);
    };
  }
  return http::makeTransport({.server = *std::move(server), .tls = std::move(known)});
}

int check(const kube::Connection& connection, const std::vector<std::string>& namespaces) {
  const kube::Client client(*connection.calls, {.fieldManager = "tidewright"});
  const Result<control::CheckReport> found = control::checkCluster(client, connection.server, namespaces, {});
  if (!found) return say(found.error());
  fmt::print("{}", found->text);
  return found->usable ? 0 : 1;
}

int run(const control::Options& options) {
  mallopt(M_ARENA_MAX, kHeaps);
  // Before there is a thread that would not inherit it: a signal that finds one where it is not blocked ends the
  // process then and there, and is lost where that is the first of its container.
  const sigset_t signals = endSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  http::initialiseThreadPool();

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
  if (options.check) {
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);  // Nothing to end in order.
    return check(*connection, options.namespaces);
  }

  std::unique_ptr<kube::LeaderElection> election;  // None: this is the only operator.
  const auto mayWrite = [&election] { return !election || election->isLeading(); };
  control::Fence fence(*connection->calls, mayWrite);
  const std::string me = identity();
  const kube::Client client(fence, {.fieldManager = "tidewright"});
  kube::EventRecorder events(client,
                             {.reportingController = "tidewright.dev/operator",
                              .reportingInstance = me,
                              .onError =
                                  [&log](const Error& error) {
                                    log.warn("event not written", {{"error", error.message()}});
                                  }},
                             clock);
  kube::Queue queue(clock, &metrics);
  kube::Expectations expectations(clock);
  control::Watches watches(*connection->watches, clock, options.namespaces, queue, expectations, log);
  control::Secrets secrets(
      [&client](const kube::ObjectKey& key, std::stop_token stop) { return client.get(control::kSecrets, key, stop); },
      clock);
  control::MetricServers servers(options.prometheusUrl, connectPrometheus, secrets, clock);
  prometheus::Poller poller(
      [&servers](const api::Query& request, const std::stop_token& stop) { return servers.find(request, stop); }, clock,
      {.perServer = options.prometheusConcurrency, .inFlight = 4 * options.prometheusConcurrency},
      [&metrics](const std::string&, const Error* error, std::chrono::nanoseconds took) {
        metrics.queried(took, error != nullptr);
      });
  control::MetricFeed samples(poller, queue);
  control::Reconciler reconciler({client, watches, expectations, events, samples, metrics, clock, log});
  kube::Controller controller(
      queue, clock,
      [&reconciler](const kube::ObjectKey& key, kube::Cause cause, std::stop_token stop) {
        return reconciler.reconcile(key, cause, stop);
      },
      [&](const kube::ObjectKey& key, kube::ReconcileResult result, const Error* error, std::chrono::nanoseconds took) {
        metrics.reconciled(result, took);
        if (error != nullptr) log.warn("reconcile failed", {{"app", key.toString()}, {"error", error->message()}});
      });

  const auto metricsPage = [&] {
    control::Metrics::Live live{.depth = queue.depth(), .unfinished = queue.unfinished(), .servers = poller.servers()};
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

  log.info(
      "started",
      {{"version", std::string(control::version())}, {"server", connection->server}, {"port", (*endpoint)->port()}});
  poller.start();
  std::atomic<bool> mayStart = false, lost = false;
  std::promise<void> leading;
  const auto lead = [&] {
    metrics.leading(true);
    mayStart = true;
    mayStart.notify_all();
    leading.set_value();
  };
  if (options.leaderElect) {
    const std::string leaseNamespace =
        options.leaseNamespace.empty() ? connection->defaultNamespace : options.leaseNamespace;
    election = std::make_unique<kube::LeaderElection>(
        *connection->calls, clock, kube::ObjectKey{leaseNamespace, options.leaseName},
        kube::LeaseConfig{.identity = me},
        kube::LeaderCallbacks{.onLeading = lead,
                              .onLost =
                                  [&](const std::string& why) {
                                    log.error("the lease is lost", {{"why", why}});
                                    lost = true;
                                    kill(getpid(), SIGTERM);
                                  },
                              .onError =
                                  [&](const Error& error) {
                                    log.warn("lease request failed", {{"error", error.message()}});
                                  }});
    election->start();
  } else {
    lead();
  }
  // Lists that begin when we lead already are as new as they need be. A stand-by lists now, and once more then.
  const bool leadsBeforeLists = leading.get_future().wait_for(kFirstAnswer) == std::future_status::ready;
  watches.start();
  std::jthread starter([&](const std::stop_token& stop) {
    mayStart.wait(false);
    if (stop.stop_requested()) return;
    // The leader before us may have written what a warm cache has not heard of yet.
    const bool complete = leadsBeforeLists ? watches.waitForChildren(stop) : watches.refresh(stop);
    if (!complete) return;
    log.info("leading, and what the apps need is known", {{"identity", me}});
    controller.start(options.workers);
    const auto busy = [&] { return !watches.synced() || queue.depth() > 0 || queue.unfinished().sum.count() > 0; };
    while (busy()) {
      if (!kube::sleepFor(kCatchingUp, stop)) return;
    }
    log.info("caught up: every app has been looked at");
  });

  const std::jthread trimmer([](const std::stop_token& stop) {
    while (kube::sleepFor(kBetweenTrims, stop)) malloc_trim(0);
  });
  int signal = 0;
  sigwait(&signals, &signal);
  log.info("ending", {{"signal", signal}});
  starter.request_stop();
  mayStart = true;
  mayStart.notify_all();
  starter.join();
  controller.stop();
  poller.stop();
  if (mayWrite()) {
    std::stop_source tooLate;
    const std::jthread timer([&tooLate](const std::stop_token& stop) {
      if (kube::sleepFor(kFlushTime, stop)) tooLate.request_stop();
    });
    reconciler.flush(tooLate.get_token());
  }
  if (election) election->stop();
  watches.stop();
  log.info("ended");
  return lost ? 1 : 0;
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
