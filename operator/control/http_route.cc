#include "operator/control/http_route.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "operator/kube/fields.h"

namespace tidewright::control {
namespace {

using kube::fields::at;
using nlohmann::json;

HttpRoute::Backend readBackend(const json& reference, const std::string& routeNamespace) {
  HttpRoute::Backend backend{.weight = kube::fields::integer<int32_t>(at(reference, "weight"), 1)};
  const bool service = kube::fields::text(at(reference, "kind"), "Service") == "Service" &&
                       kube::fields::text(at(reference, "group")).empty();
  if (service) {
    backend.service = {kube::fields::text(at(reference, "namespace"), routeNamespace),
                       kube::fields::text(at(reference, "name"))};
  }
  return backend;
}

/// Where both Services are: the rule, and their places in it.
struct Place {
  size_t rule = 0;
  size_t stable = 0;
  size_t canary = 0;
};

std::vector<Place> placesOf(const HttpRoute& route, const RoutedServices& services) {
  std::vector<Place> places;
  for (size_t rule = 0; rule < route.rules.size(); ++rule) {
    const auto& backends = route.rules[rule];
    const auto stable = std::ranges::find(backends, services.stable, &HttpRoute::Backend::service);
    const auto canary = std::ranges::find(backends, services.canary, &HttpRoute::Backend::service);
    if (stable == backends.end() || canary == backends.end()) continue;
    places.push_back(
        {rule, static_cast<size_t>(stable - backends.begin()), static_cast<size_t>(canary - backends.begin())});
  }
  return places;
}

/// By "NAMESPACE/CANARY": a pair [stable, canary] for each place.
json keptWeights(const HttpRoute& route) {
  const std::string* text = kube::find(route.meta.annotations, kKeptWeightsAnnotation);
  json kept = text == nullptr ? json::object() : json::parse(*text, nullptr, false);
  return kept.is_object() ? kept : json::object();
}

using Pair = std::pair<int32_t, int32_t>;

Pair pairAt(const HttpRoute& route, const Place& place) {
  const auto& backends = route.rules[place.rule];
  return {backends[place.stable].weight, backends[place.canary].weight};
}

/// What the user wrote; all for the stable side where that is not known, or where rules came or went meanwhile.
std::vector<Pair> userWeights(const json& kept, size_t places) {
  std::vector<Pair> out;
  for (const json& pair : kept.is_array() ? kept : json::array()) {
    if (!pair.is_array() || pair.size() != 2) continue;
    out.emplace_back(kube::fields::integer<int32_t>(pair[0]), kube::fields::integer<int32_t>(pair[1]));
  }
  if (out.size() != places) out.assign(places, {100, 0});
  return out;
}

/// What the two weights of a place are together. Beside others it stays as the user wrote it, for their share's sake.
int64_t sumAt(const HttpRoute& route, const Place& place, const Pair& user) {
  const auto& backends = route.rules[place.rule];
  for (size_t i = 0; i < backends.size(); ++i) {
    if (i != place.stable && i != place.canary && backends[i].weight > 0) return int64_t{user.first} + user.second;
  }
  return 100;
}

/// The weights as the user wrote them, whether they are ours for now or not.
std::vector<Pair> userWeights(const HttpRoute& route, const std::vector<Place>& places, const std::string& canary) {
  const json kept = keptWeights(route);
  if (kept.contains(canary)) return userWeights(kept[canary], places.size());
  std::vector<Pair> out;
  for (const Place& place : places) out.push_back(pairAt(route, place));
  return out;
}

class Patch {
 public:
  explicit Patch(const HttpRoute& route) : route_(route), kept_(keptWeights(route)), keptBefore_(kept_) {}

  void add(const WantedWeight& wanted) {
    const std::vector<Place> places = placesOf(route_, wanted.services);
    if (places.empty()) return;
    const std::string name = wanted.services.canary.toString();
    if (!wanted.weight) {
      if (!kept_.contains(name)) return;
      const std::vector<Pair> user = userWeights(kept_[name], places.size());
      for (size_t i = 0; i < places.size(); ++i) write(places[i], user[i]);
      kept_.erase(name);
      return;
    }
    if (!kept_.contains(name)) {
      json& mine = kept_[name] = json::array();
      for (const Place& place : places) {
        const Pair pair = pairAt(route_, place);
        mine.push_back(json::array({pair.first, pair.second}));
      }
    }
    const std::vector<Pair> user = userWeights(kept_[name], places.size());
    for (size_t i = 0; i < places.size(); ++i) {
      const int64_t sum = sumAt(route_, places[i], user[i]);
      const auto canary = static_cast<int32_t>(sum * *wanted.weight / 100);
      write(places[i], {static_cast<int32_t>(sum) - canary, canary});
    }
  }

  [[nodiscard]] std::optional<json> finished() {
    if (kept_ != keptBefore_) keepAnnotation();
    if (operations_.empty()) return std::nullopt;
    json patch =
        json::array({{{"op", "test"}, {"path", "/metadata/resourceVersion"}, {"value", route_.meta.resourceVersion}}});
    for (json& operation : operations_) patch.push_back(std::move(operation));
    return patch;
  }

 private:
  void write(const Place& place, const Pair& pair) {
    const Pair now = pairAt(route_, place);
    if (now.first != pair.first) writeOne(place.rule, place.stable, pair.first);
    if (now.second != pair.second) writeOne(place.rule, place.canary, pair.second);
  }

  void writeOne(size_t rule, size_t backend, int32_t weight) {
    operations_.push_back({{"op", "add"},
                           {"path", fmt::format("/spec/rules/{}/backendRefs/{}/weight", rule, backend)},
                           {"value", weight}});
  }

  void keepAnnotation() {
    const std::string path = "/metadata/annotations/tidewright.dev~1kept-weights";
    if (kept_.empty()) {
      operations_.push_back({{"op", "remove"}, {"path", path}});
      return;
    }
    if (!route_.annotated) {
      operations_.push_back({{"op", "add"}, {"path", "/metadata/annotations"}, {"value", json::object()}});
    }
    operations_.push_back({{"op", "add"}, {"path", path}, {"value", kept_.dump()}});
  }

  const HttpRoute& route_;
  json kept_;
  const json keptBefore_;
  std::vector<json> operations_;
};

}  // namespace

kube::Parse<HttpRoute> httpRouteParser() {
  return [](std::string_view text) -> Result<HttpRoute> {
    Result<kube::ObjectMeta> meta = kube::parseMeta(text, {.annotationPrefixes = {"tidewright.dev/"}});
    if (!meta) return fail(meta.error());
    const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
    HttpRoute route{.meta = *std::move(meta), .annotated = at(object, "metadata", "annotations").is_object()};
    for (const json& rule : at(object, "spec", "rules")) {
      auto& backends = route.rules.emplace_back();
      for (const json& reference : at(rule, "backendRefs")) {
        backends.push_back(readBackend(reference, route.meta.ns));
      }
    }
    return route;
  };
}

std::optional<RouteWeights> weightsOf(const HttpRoute& route, const RoutedServices& services) {
  const std::vector<Place> places = placesOf(route, services);
  if (places.empty()) return std::nullopt;
  RouteWeights out{.taken = keptWeights(route).contains(services.canary.toString()),
                   .lowest = std::numeric_limits<int32_t>::max()};
  const std::vector<Pair> user = userWeights(route, places, services.canary.toString());
  for (size_t i = 0; i < places.size(); ++i) {
    const auto [stable, canary] = pairAt(route, places[i]);
    const int64_t whole = sumAt(route, places[i], user[i]);
    out.isTooCoarse = out.isTooCoarse || whole == 0 || whole % 100 != 0;
    const int64_t sum = int64_t{stable} + canary;
    // Neither is one request in a thousand none, nor are all but one all.
    const auto percent = [&](int64_t up) {
      return static_cast<int32_t>(sum == 0 ? 0 : (int64_t{100} * canary + up) / sum);
    };
    out.lowest = std::min(out.lowest, percent(0));
    out.highest = std::max(out.highest, percent(sum - 1));
  }
  return out;
}

std::optional<json> weightPatch(const HttpRoute& route, const std::vector<WantedWeight>& wanted) {
  Patch patch(route);
  for (const WantedWeight& one : wanted) patch.add(one);
  return patch.finished();
}

}  // namespace tidewright::control
