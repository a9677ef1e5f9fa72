#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/kube/objects.h"
#include "operator/kube/parse.h"

namespace tidewright::control {

/// What the user wrote for the weights that are ours for now: JSON, by the canary Service.
inline constexpr std::string_view kKeptWeightsAnnotation = "tidewright.dev/kept-weights";

/// gateway.networking.k8s.io/v1, as far as weights go.
struct HttpRoute {
  struct Backend {
    kube::ObjectKey service;  ///< Empty if it is no Service
    int32_t weight = 1;

    static constexpr auto kFields = std::tuple(&Backend::service, &Backend::weight);
  };
  kube::ObjectMeta meta;  ///< With the annotation that keeps weights
  bool annotated = false;
  std::vector<std::vector<Backend>> rules;  ///< By rule, then in the order of its `backendRefs`

  static constexpr auto kFields = std::tuple(&HttpRoute::meta, &HttpRoute::annotated, &HttpRoute::rules);
};
[[nodiscard]] kube::Parse<HttpRoute> httpRouteParser();

/// The two Services that a canary's requests are shared out between.
struct RoutedServices {
  kube::ObjectKey stable, canary;
  bool operator==(const RoutedServices&) const = default;
};

/// What the route says of a pair of Services, over all rules that have both.
struct RouteWeights {
  bool taken = false;  ///< What the user wrote is kept in the annotation
  int32_t lowest = 0;  ///< Percent for the canary, see decide::RouteView
  int32_t highest = 0;
  /// Others in a rule have a share of its requests too, and what is left for the pair cannot be divided into percents.
  bool isTooCoarse = false;
};
/// None: no rule has both. Pure.
[[nodiscard]] std::optional<RouteWeights> weightsOf(const HttpRoute& route, const RoutedServices& services);

/// What a pair is to have of the requests that the user gave it: a percent for the canary, or none to give back what
/// the user wrote.
struct WantedWeight {
  RoutedServices services;
  std::optional<int32_t> weight;
};
/// The JSON patch that makes it so and touches nothing else; it fails if the route has changed since. None: it is so.
/// Pure.
[[nodiscard]] std::optional<nlohmann::json> weightPatch(const HttpRoute& route,
                                                        const std::vector<WantedWeight>& wanted);

}  // namespace tidewright::control
