#include "operator/control/caches.h"

#include <algorithm>
#include <utility>

#include "operator/control/kinds.h"
#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

const kube::Keep kOurs{.labelPrefixes = {"tidewright.dev/"}, .annotationPrefixes = {"tidewright.dev/"}};
/// What has an owner reference needs no label that says the same: each takes a hundred bytes.
const kube::Keep kOwnedSets{.labelPrefixes = {std::string(decide::kRevisionLabel), std::string(decide::kShardLabel)},
                            .annotationPrefixes = {"tidewright.dev/"}};
const kube::Keep kOwned{.labelPrefixes = {}, .annotationPrefixes = {std::string(decide::kAppliedAnnotation)}};

/// What Helm keeps of its releases is no pod's configuration, and up to a megabyte each.
constexpr const char* kNoReleases = "type!=helm.sh/release.v1";

bool isOurs(const kube::ObjectMeta& meta) { return meta.owner.kind == kScaledApps.kind; }

/// Of our own budgets we know what they select: some megabytes for many apps.
kube::Parse<kube::PodDisruptionBudget> budgetParser() {
  return [parse = kube::podDisruptionBudgetParser(kOwned)](std::string_view object) {
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
    : apps(scaleTargetOf),
      budgets([](const kube::PodDisruptionBudget& budget) { return isOurs(budget.meta) ? "" : budget.meta.ns; }),
      slices([](const kube::EndpointSlice& slice) { return slice.meta.ns + "/" + slice.serviceName; }),
      scalers([](const Scaler& scaler) { return scaler.target; }),
      transport_(transport),
      clock_(clock),
      ns_(std::move(ns)),
      queue_(queue),
      expectations_(expectations),
      log_(log) {
  subscribe();
  const std::string ours(kManagedBySelector), labelledPods(decide::kAppLabel);
  watch(kAppCache, kScaledApps, {}, apps, appParser());
  watch(kReplicaSetCache, kReplicaSets, {.labelSelector = ours}, replicaSets, kube::replicaSetParser(kOwnedSets));
  watch(kServiceCache, kServices, {.labelSelector = ours}, services, kube::serviceParser(kOwned));
  watch(kBudgetCache, kPodDisruptionBudgets, {}, budgets, budgetParser());
  watch(kPodCache, kPods, {.labelSelector = labelledPods}, pods, kube::podParser(kOurs));
  watch(kEndpointCache, kEndpointSlices, {.labelSelector = labelledPods}, slices, kube::endpointSliceParser(kOurs));
  watchOnDemand(kConfigMapCache, kConfigMaps, "", configMaps, kube::dataObjectParser());
  watchOnDemand(kSecretCache, kSecrets, kNoReleases, secrets, kube::dataObjectParser());
  watchOnDemand(kRouteCache, kHttpRoutes, "", routes, httpRouteParser());
  watchOnDemand(kScalerCache, kScalers, "", scalers, scalerParser());
}

template <class T>
Caches::Watch& Caches::watch(const char* name, const kube::ResourceKind& kind, kube::ReflectorOptions options,
                             kube::Store<T>& store, kube::Parse<T> parse) {
  Watch& watch = watches_.emplace_back();
  watch.name = name;
  watch.feed = std::make_unique<kube::StoreFeed<T>>(store, std::move(parse));
  options.path = kind.collectionPath(ns_);
  const std::string cache = ns_ + "/" + name;
  options.onVersion = [this, cache](const std::string& version) {
    for (const kube::ObjectKey& key : expectations_.seenVersion(cache, version)) queue_.add(key);
  };
  options.onError = [this, &watch, path = options.path](const Error& error, std::chrono::nanoseconds wait) {
    if (watch.onDemand && wait.count() > 0) {
      const std::lock_guard lock(mutex_);
      watch.trouble = error;
    }
    const bool noKind = error.code() == ErrorCode::NotFound && path.find("tidewright.dev") != std::string::npos;
    log_.warn("watch failed",
              {{"path", path},
               {"error", error.message()},
               {"hint", noKind ? "is the CRD installed? kubectl apply --server-side -f manifests/install.yaml"
                               : "it is tried again"},
               {"retryMillis", std::chrono::duration_cast<std::chrono::milliseconds>(wait).count()}});
  };
  watch.reflector = std::make_unique<kube::Reflector>(transport_, *watch.feed, clock_, std::move(options));
  return watch;
}

template <class T>
void Caches::watchOnDemand(const char* name, const kube::ResourceKind& kind, std::string fieldSelector,
                           kube::Store<T>& store, kube::Parse<T> parse) {
  watch(name, kind, {.fieldSelector = std::move(fieldSelector)}, store, std::move(parse)).onDemand = true;
  store.subscribe([this, name](const kube::Change<T>& change) {
    wakeFollowers(name, change.object().meta.key(), change.fromList);
  });
}

void Caches::wakeFollowers(std::string_view cache, const kube::ObjectKey& object, bool fromList) {
  for (const kube::ObjectKey& app : followers_.of(cache, object)) {
    queue_.add(app, fromList ? kube::Priority::Low : kube::Priority::High);
  }
}

void Caches::follow(const kube::ObjectKey& app, std::string_view cache, const std::vector<kube::ObjectKey>& objects) {
  followers_.follow(app, cache, objects);
}

void Caches::unfollow(const kube::ObjectKey& app) {
  for (const Watch& watch : watches_) {
    if (watch.onDemand) followers_.follow(app, watch.name, {});
  }
}

const Caches::Watch& Caches::find(std::string_view cache) const {
  return *std::ranges::find(watches_, cache, &Watch::name);
}

std::optional<Error> Caches::need(std::string_view cache) {
  const auto watch = std::ranges::find(watches_, cache, &Watch::name);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = !std::exchange(watch->begun, true);
  }
  if (first) watch->reflector->start();
  if (watch->reflector->synced()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (watch->trouble) return watch->trouble;
  return Error(ErrorCode::Unavailable, fmt::format("the first list of {} is not complete", cache));
}

bool Caches::waitForList(std::string_view cache, const std::stop_token& stop) const {
  return find(cache).reflector->waitForSync(stop);
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
    if (person) wakeRivals(change);
  });
  scalers.subscribe([this](const kube::Change<Scaler>& change) {
    if (change.before && change.after && change.before->target == change.after->target &&
        change.before->meta.deletionTimestamp == change.after->meta.deletionTimestamp) {
      return;  // Its status follows the metrics.
    }
    for (const auto* scaler : {change.before.get(), change.after.get()}) {
      if (scaler != nullptr) wakeScaled(scaler->target);
    }
  });
  replicaSets.subscribe([wake](const auto& change) { wake(ownerOf(change.object()), change.fromList); });
  services.subscribe([wake](const auto& change) { wake(ownerOf(change.object()), change.fromList); });
  budgets.subscribe([this, wake](const auto& change) {
    // Its status follows the pods, which are watched themselves.
    if (change.before && change.after && change.before->meta.generation == change.after->meta.generation) return;
    if (isOurs(change.object().meta)) return wake(ownerOf(change.object()), change.fromList);
    for (const kube::ObjectKey& app : apps.keys()) {
      if (app.ns == change.object().meta.ns) wake(app, true);
    }
  });
  pods.subscribe([wake](const auto& change) {
    if (matters(change)) wake(labelled(change.object()), change.fromList);
  });
  slices.subscribe([wake](const auto& change) { wake(labelled(change.object()), change.fromList); });
}

void Caches::wakeRivals(const kube::Change<AppObject>& change) {
  for (const auto* app : {change.before.get(), change.after.get()}) {
    const std::string target = app == nullptr ? std::string() : scaleTargetOf(*app);
    if (!target.empty()) wakeScaled(target);
  }
}

void Caches::wakeScaled(const std::string& target) {
  for (const auto& app : apps.indexed(target)) queue_.add(app->meta.key(), kube::Priority::Low);
  // "NAMESPACE/GROUP/KIND/NAME": the app may be what is scaled.
  const std::string infix = fmt::format("/{}/{}/", kScaledApps.group, kScaledApps.kind);
  if (const auto found = target.find(infix); found != std::string::npos) {
    queue_.add({target.substr(0, found), target.substr(found + infix.size())}, kube::Priority::Low);
  }
}

void Caches::start() {
  started_ = true;
  for (Watch& watch : watches_) {
    if (!watch.onDemand) watch.reflector->start();
  }
}

Caches::~Caches() { stop(); }

void Caches::stop() {
  for (Watch& watch : watches_) watch.reflector->stop();
}

bool Caches::waitForChildren(std::stop_token stop) const {
  return std::ranges::all_of(watches_, [&](const Watch& watch) {
    return watch.onDemand || watch.name == kAppCache || watch.reflector->waitForSync(stop);
  });
}

bool Caches::hasAllApps() const { return !started_ || find(kAppCache).reflector->synced(); }

bool Caches::synced() const {
  return std::ranges::all_of(watches_, [](const Watch& watch) { return watch.onDemand || watch.reflector->synced(); });
}

std::vector<Caches::Age> Caches::ages() const {
  std::vector<Age> out;
  for (const Watch& watch : watches_) {
    if (!watch.onDemand) out.push_back({watch.name, watch.reflector->lastHeardAge()});
  }
  return out;
}

void Caches::relist(std::string_view cache) {
  for (Watch& watch : watches_) {
    if (ns_ + "/" + watch.name == cache) watch.reflector->relist();
  }
}

bool Caches::refresh(const std::stop_token& stop) {
  std::vector<std::uint64_t> tickets;
  for (Watch& watch : watches_) {
    if (!watch.onDemand) tickets.push_back(watch.reflector->relist());
  }
  auto ticket = tickets.begin();
  return std::ranges::all_of(
      watches_, [&](const Watch& watch) { return watch.onDemand || watch.reflector->waitForList(*ticket++, stop); });
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

bool Watches::waitForChildren(std::stop_token stop) const {
  return std::ranges::all_of(caches_, [&](const Caches& caches) { return caches.waitForChildren(stop); });
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

void Watches::unfollow(const kube::ObjectKey& app) {
  for (Caches& caches : caches_) caches.unfollow(app);
}

bool Watches::covers(const std::string& ns) const {
  return std::ranges::any_of(caches_, [&](const Caches& caches) { return caches.ns().empty() || caches.ns() == ns; });
}

Caches& Watches::of(const std::string& ns) {
  const auto found = std::ranges::find(caches_, ns, &Caches::ns);
  return found == caches_.end() ? caches_.front() : *found;
}

}  // namespace tidewright::control
