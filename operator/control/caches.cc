#include "operator/control/caches.h"

#include <algorithm>

#include "operator/control/kinds.h"
#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

const kube::Keep kOurs{.labelPrefixes = {"tidewright.dev/"}, .annotationPrefixes = {"tidewright.dev/"}};

bool isOurs(const kube::ObjectMeta& meta) { return meta.owner.kind == kScaledApps.kind; }

/// Of our own budgets we know what they select: some megabytes for many apps.
kube::Parse<kube::PodDisruptionBudget> budgetParser() {
  return [parse = kube::podDisruptionBudgetParser(kOurs)](std::string_view object) {
    Result<kube::PodDisruptionBudget> budget = parse(object);
    if (budget && isOurs(budget->meta)) budget->selector.reset();
    return budget;
  };
}

/// The app that made it, by the owner reference that says so.
template <class T>
std::optional<kube::ObjectKey> ownerOf(const T& object) {
  if (!isOurs(object.meta)) return std::nullopt;
  return kube::ObjectKey{object.meta.ns, object.meta.owner.name};
}

template <class T>
std::optional<kube::ObjectKey> labelled(const T& object) {
  const std::string* app = kube::find(object.meta.labels, decide::kAppLabel);
  if (app == nullptr) return std::nullopt;
  return kube::ObjectKey{object.meta.ns, *app};
}

bool sameTroubles(const kube::Pod& a, const kube::Pod& b) {
  return std::ranges::equal(a.troubles, b.troubles, [](const auto& x, const auto& y) {
    return x.name == y.name && x.waitingReason == y.waitingReason && x.restartCount == y.restartCount &&
           x.exitCode == y.exitCode;
  });
}

/// Whether a decision could differ: most changes of a pod are the kubelet's book-keeping.
bool matters(const kube::Change<kube::Pod>& change) {
  if (!change.before || !change.after) return true;
  const kube::Pod& a = *change.before;
  const kube::Pod& b = *change.after;
  return a.ready != b.ready || a.phase != b.phase || a.unschedulable != b.unschedulable || a.reason != b.reason ||
         a.meta.deletionTimestamp.has_value() != b.meta.deletionTimestamp.has_value() || !sameTroubles(a, b);
}

}  // namespace

Caches::Caches(http::Transport& transport, const Clock& clock, std::string ns, kube::Queue& queue,
               kube::Expectations& expectations, const Log& log)
    : budgets([](const kube::PodDisruptionBudget& budget) { return isOurs(budget.meta) ? "" : budget.meta.ns; }),
      slices([](const kube::EndpointSlice& slice) { return slice.meta.ns + "/" + slice.serviceName; }),
      clock_(clock),
      ns_(std::move(ns)),
      queue_(queue),
      expectations_(expectations),
      log_(log) {
  subscribe();
  const std::string ours(kManagedBySelector), labelledPods(decide::kAppLabel);
  watch(kAppCache, kScaledApps, "", apps, appParser(), transport);
  watch(kReplicaSetCache, kReplicaSets, ours, replicaSets, kube::replicaSetParser(kOurs), transport);
  watch(kServiceCache, kServices, ours, services, kube::serviceParser(kOurs), transport);
  watch(kBudgetCache, kPodDisruptionBudgets, "", budgets, budgetParser(), transport);
  watch(kPodCache, kPods, labelledPods, pods, kube::podParser(kOurs), transport);
  watch(kEndpointCache, kEndpointSlices, labelledPods, slices, kube::endpointSliceParser(kOurs), transport);
}

template <class T>
void Caches::watch(const char* name, const kube::ResourceKind& kind, std::string selector, kube::Store<T>& store,
                   kube::Parse<T> parse, http::Transport& transport) {
  auto feed = std::make_unique<kube::StoreFeed<T>>(store, std::move(parse));
  kube::ReflectorOptions options{.path = kind.collectionPath(ns_), .labelSelector = std::move(selector)};
  const std::string cache = ns_ + "/" + name;
  options.onVersion = [this, cache](const std::string& version) {
    for (const kube::ObjectKey& key : expectations_.seenVersion(cache, version)) queue_.add(key);
  };
  options.onError = [this, cache, path = options.path](const Error& error, std::chrono::nanoseconds wait) {
    const bool noKind = error.code() == ErrorCode::NotFound && path.find("tidewright.dev") != std::string::npos;
    log_.warn("watch failed",
              {{"path", path},
               {"error", error.message()},
               {"hint", noKind ? "is the CRD installed? kubectl apply --server-side -f manifests/install.yaml"
                               : "it is tried again"},
               {"retryMillis", std::chrono::duration_cast<std::chrono::milliseconds>(wait).count()}});
  };
  auto reflector = std::make_unique<kube::Reflector>(transport, *feed, clock_, std::move(options));
  watches_.push_back({name, std::move(feed), std::move(reflector)});
}

void Caches::subscribe() {
  const auto wake = [this](const std::optional<kube::ObjectKey>& key, bool fromList) {
    if (key) queue_.add(*key, fromList ? kube::Priority::Low : kube::Priority::High);
  };
  apps.subscribe([this](const kube::Change<AppObject>& change) {
    // Our own status comes back here: that can wait for people.
    const bool person = !change.before || !change.after ||
                        change.before->meta.generation != change.after->meta.generation ||
                        change.before->meta.annotations != change.after->meta.annotations;
    queue_.add(change.object().meta.key(), person && !change.fromList ? kube::Priority::High : kube::Priority::Low);
  });
  replicaSets.subscribe([wake](const auto& change) { wake(ownerOf(change.object()), change.fromList); });
  services.subscribe([wake](const auto& change) { wake(ownerOf(change.object()), change.fromList); });
  budgets.subscribe([this, wake](const auto& change) {
    // Its status follows the pods, which are watched themselves.
    if (change.before && change.after && change.before->meta.generation == change.after->meta.generation) return;
    if (isOurs(change.object().meta)) return wake(ownerOf(change.object()), change.fromList);
    for (const auto& app : apps.all()) {
      if (app->meta.ns == change.object().meta.ns) wake(app->meta.key(), true);
    }
  });
  pods.subscribe([wake](const auto& change) {
    if (matters(change)) wake(labelled(change.object()), change.fromList);
  });
  slices.subscribe([wake](const auto& change) { wake(labelled(change.object()), change.fromList); });
}

void Caches::start() {
  for (Watch& watch : watches_) watch.reflector->start();
}

void Caches::stop() {
  for (Watch& watch : watches_) watch.reflector->stop();
}

bool Caches::waitForSync(std::stop_token stop) const {
  return std::ranges::all_of(watches_, [&](const Watch& watch) { return watch.reflector->waitForSync(stop); });
}

bool Caches::synced() const {
  return std::ranges::all_of(watches_, [](const Watch& watch) { return watch.reflector->synced(); });
}

std::vector<Caches::Age> Caches::ages() const {
  std::vector<Age> out;
  for (const Watch& watch : watches_) out.push_back({watch.name, watch.reflector->lastHeardAge()});
  return out;
}

void Caches::relist(std::string_view cache) {
  for (Watch& watch : watches_) {
    if (ns_ + "/" + watch.name == cache) watch.reflector->relist();
  }
}

bool Caches::refresh(const std::stop_token& stop) {
  std::vector<std::uint64_t> tickets;
  for (Watch& watch : watches_) tickets.push_back(watch.reflector->relist());
  auto ticket = tickets.begin();
  return std::ranges::all_of(watches_,
                             [&](const Watch& watch) { return watch.reflector->waitForList(*ticket++, stop); });
}

Watches::Watches(http::Transport& transport, const Clock& clock, const std::vector<std::string>& namespaces,
                 kube::Queue& queue, kube::Expectations& expectations, const Log& log) {
  if (namespaces.empty()) caches_.emplace_back(transport, clock, "", queue, expectations, log);
  for (const std::string& ns : namespaces) caches_.emplace_back(transport, clock, ns, queue, expectations, log);
}

bool Watches::refresh(const std::stop_token& stop) {
  return std::ranges::all_of(caches_, [&](Caches& caches) { return caches.refresh(stop); });
}

void Watches::start() {
  for (Caches& caches : caches_) caches.start();
}

void Watches::stop() {
  for (Caches& caches : caches_) caches.stop();
}

bool Watches::waitForSync(std::stop_token stop) const {
  return std::ranges::all_of(caches_, [&](const Caches& caches) { return caches.waitForSync(stop); });
}

bool Watches::synced() const {
  return std::ranges::all_of(caches_, [](const Caches& caches) { return caches.synced(); });
}

std::chrono::nanoseconds Watches::longestSilence() const {
  std::chrono::nanoseconds longest{};
  for (const Caches& caches : caches_) {
    for (const Caches::Age& age : caches.ages()) longest = std::max(longest, age.lastHeard);
  }
  return longest;
}

Caches& Watches::of(const std::string& ns) {
  const auto found = std::ranges::find(caches_, ns, &Caches::ns);
  return found == caches_.end() ? caches_.front() : *found;
}

}  // namespace tidewright::control
