#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "operator/api/scaled_app.h"
#include "operator/control/caches.h"
#include "operator/control/http_route.h"
#include "operator/control/refusal.h"
#include "operator/decide/routed_canary.h"

namespace tidewright::control {

/// The HTTPRoute that `canary.gatewayRoute` names, as it is.
struct SeenRoute {
  std::shared_ptr<const HttpRoute> route;          ///< None: it cannot be read
  std::map<std::string, decide::RouteView> views;  ///< By shard, "" for the app itself; empty without gatewayRoute
  std::optional<Refusal> refusal;                  ///< What somebody has to change
  bool pending = false;                            ///< The first list is on its way
};

[[nodiscard]] RoutedServices routedServices(const api::ScaledApp& app, const std::string& shard);

/// Watches HTTPRoutes from now on if the app names one; its changes wake the app.
[[nodiscard]] SeenRoute seeRoute(const api::ScaledApp& app, Watches& watches);

}  // namespace tidewright::control
