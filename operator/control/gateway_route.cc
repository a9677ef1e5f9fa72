#include "operator/control/gateway_route.h"

#include <algorithm>

#include <fmt/format.h>

#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

std::string selectedRevision(const Caches& caches, const kube::ObjectKey& name) {
  const auto service = caches.services.get(name);
  const std::string* revision = service ? kube::find(service->selector, decide::kRevisionLabel) : nullptr;
  return revision == nullptr ? std::string() : *revision;
}

/// The slices still have the pods of the revision before, for a moment after the selector changed.
int32_t servingPods(const Caches& caches, const kube::ObjectKey& service, const std::string& revision) {
  int32_t serving = 0;
  for (const auto& slice : caches.slices.indexed(service.toString())) {
    for (const kube::Endpoint& endpoint : slice->endpoints) {
      const auto pod = endpoint.ready ? caches.pods.get(service.ns, endpoint.podName) : nullptr;
      if (!pod || pod->meta.deletionTimestamp || !pod->ready) continue;
      const std::string* label = kube::find(pod->meta.labels, decide::kRevisionLabel);
      if (label != nullptr && *label == revision) ++serving;
    }
  }
  return serving;
}

decide::RouteView viewOf(const api::ScaledApp& app, const std::string& shard, const Caches& caches) {
  const RoutedServices services = routedServices(app, shard);
  decide::RouteView view{.stableRevision = selectedRevision(caches, services.stable),
                         .canaryRevision = selectedRevision(caches, services.canary)};
  view.stableServing = servingPods(caches, services.stable, view.stableRevision);
  return view;
}

Refusal notServed(const Error& error) {
  if (error.code() == ErrorCode::Forbidden) {
    return {"Forbidden", fmt::format("spec.rollout.canary.gatewayRoute needs the right to list, watch and patch "
                                     "httproutes of gateway.networking.k8s.io: install the manifests or the chart of "
                                     "this version again ({})",
                                     error.message())};
  }
  return {"GatewayApiMissing", fmt::format("the cluster does not serve gateway.networking.k8s.io/v1, so "
                                           "spec.rollout.canary.gatewayRoute cannot be acted on: install the Gateway "
                                           "API's CRDs, or remove gatewayRoute ({})",
                                           error.message())};
}

Refusal withoutServices(const kube::ObjectKey& route, const RoutedServices& services) {
  return {"RouteWithoutServices",
          fmt::format("no rule of HTTPRoute {} has both Services {} and {} among its backendRefs: add them to the rule "
                      "that leads to the app, {} with weight 0",
                      route.toString(), services.stable.toString(), services.canary.toString(), services.canary.name)};
}

Refusal tooCoarse(const kube::ObjectKey& route, const RoutedServices& services) {
  return {
      "RouteTooCoarse",
      fmt::format("a rule of HTTPRoute {} has other backends beside Services {} and {}, whose share is to stay: make "
                  "the weights of these two a multiple of 100 together, and the others' in proportion",
                  route.toString(), services.stable.name, services.canary.name)};
}

/// Fills in what the route says, or why that is not enough.
std::optional<Refusal> addWeights(decide::RouteView& view, const HttpRoute& route, const RoutedServices& services) {
  const std::optional<RouteWeights> weights = weightsOf(route, services);
  if (!weights) return withoutServices(route.meta.key(), services);
  if (weights->isTooCoarse) return tooCoarse(route.meta.key(), services);
  view.known = true;
  view.taken = weights->taken;
  view.lowest = weights->lowest;
  view.highest = weights->highest;
  return std::nullopt;
}

/// The reason why it cannot be read, as far as the caches go; none: it is in `seen.route`.
void find(SeenRoute& seen, const kube::ObjectKey& name, Watches& watches) {
  if (!watches.covers(name.ns)) {
    seen.refusal = Refusal{"RouteNotWatched", fmt::format("HTTPRoute {} is in a namespace that the operator does not "
                                                          "look after: move it, or add the namespace to its flags",
                                                          name.toString())};
    return;
  }
  Caches& caches = watches.of(name.ns);
  if (const std::optional<Error> lacking = caches.need(kRouteCache)) {
    const bool final = lacking->code() == ErrorCode::Forbidden || lacking->code() == ErrorCode::NotFound;
    if (final) seen.refusal = notServed(*lacking);
    seen.pending = !final;
    return;
  }
  seen.route = caches.routes.get(name);
  if (!seen.route || seen.route->meta.deletionTimestamp) {
    seen.route = nullptr;
    seen.refusal = Refusal{"RouteNotFound", fmt::format("HTTPRoute {} does not exist: create it, or name another in "
                                                        "spec.rollout.canary.gatewayRoute",
                                                        name.toString())};
  }
}

}  // namespace

RoutedServices routedServices(const api::ScaledApp& app, const std::string& shard) {
  return {.stable = {app.ns, decide::childName(app, shard, "stable")},
          .canary = {app.ns, decide::childName(app, shard, "canary")}};
}

SeenRoute seeRoute(const api::ScaledApp& app, Watches& watches) {
  SeenRoute seen;
  const kube::ObjectKey self{app.ns, app.name};
  if (!app.spec.rollout.gatewayRoute) {
    watches.of(app.ns).follow(self, kRouteCache, {});
    return seen;
  }
  const api::GatewayRoute& named = *app.spec.rollout.gatewayRoute;
  const kube::ObjectKey name{named.routeNamespace.empty() ? app.ns : named.routeNamespace, named.name};
  watches.of(name.ns).follow(self, kRouteCache, {name});
  find(seen, name, watches);

  std::vector<std::string> shards;
  for (const api::Shard& shard : app.spec.shards) shards.push_back(shard.name);
  if (shards.empty()) shards.emplace_back();
  for (const std::string& shard : shards) {
    decide::RouteView view = viewOf(app, shard, watches.of(app.ns));
    const RoutedServices services = routedServices(app, shard);
    if (seen.route) {
      if (std::optional<Refusal> lacking = addWeights(view, *seen.route, services)) seen.refusal = std::move(lacking);
    }
    if (!view.known) view.trouble = seen.refusal ? seen.refusal->message : "the HTTPRoutes are not read yet";
    seen.views.emplace(shard, std::move(view));
  }
  return seen;
}

}  // namespace tidewright::control
