#include "tests/unit/control/small_cluster.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "operator/decide/labels.h"
#include "operator/decide/rolling_update.h"

namespace tidewright::control {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const std::string kPrefix = "/namespaces/shop/";
const std::string kApp = "scaledapps/web";
const kube::ObjectKey kKey{"shop", "web"};
const kube::Keep kAll{.labelPrefixes = {""}, .annotationPrefixes = {""}};

bool selects(const json& selector, const json& labels) {
  return std::ranges::all_of(selector.items(),
                             [&](const auto& one) { return labels.value(one.key(), "") == one.value(); });
}

std::vector<std::reference_wrapper<const json>> ofKind(const std::map<std::string, json>& objects,
                                                       const std::string& plural) {
  std::vector<std::reference_wrapper<const json>> out;
  for (const auto& [path, object] : objects) {
    if (path.starts_with(plural + "/")) out.emplace_back(object);
  }
  return out;
}

std::vector<kube::Pod> podsOf(const json& set) {
  std::vector<kube::Pod> pods;
  const std::string name = set["metadata"]["name"];
  for (int32_t i = 0; i < set["status"]["replicas"].get<int32_t>(); ++i) {
    kube::Pod pod;
    pod.ready = i < set["status"]["availableReplicas"].get<int32_t>();
    pod.phase = kube::PodPhase::Running;
    pod.meta.ns = "shop";
    pod.meta.name = name + "-" + std::to_string(i);
    pod.meta.uid = pod.meta.name;
    pod.meta.resourceVersion = pod.ready ? "2" : "1";
    pod.meta.owner = {set["metadata"]["uid"], "ReplicaSet", name};
    pods.push_back(std::move(pod));
  }
  return pods;
}

/// As a watch would have brought it.
template <class T>
void refill(kube::Store<T>& store, std::vector<T> objects) {
  for (const kube::ObjectKey& old : store.keys()) {
    const bool there = std::ranges::any_of(objects, [&](const T& one) { return one.meta.key() == old; });
    if (!there) store.remove(*store.get(old));
  }
  for (T& one : objects) store.put(std::move(one));
}

template <class T>
std::vector<T> parsed(const std::vector<std::reference_wrapper<const json>>& objects, const kube::Parse<T>& parse) {
  std::vector<T> out;
  for (const json& object : objects) out.push_back(*parse(object.dump()));
  return out;
}

/// What the API server fills in.
void fillIn(json& object) {
  if (!object.contains("/spec/ports"_json_pointer)) return;
  for (json& port : object["spec"]["ports"]) {
    if (!port.contains("targetPort")) port["targetPort"] = port["port"];
  }
}

/// Times differ from run to run, and what was proposed when.
json withoutTimes(json value) {
  if (value.is_string() && value.get<std::string>().find(":") != std::string::npos &&
      value.get<std::string>().starts_with("20")) {
    return "a time";
  }
  if (value.is_string()) return value.get<std::string>().substr(0, value.get<std::string>().find('@'));  // "+4@TIME"
  if (!value.is_structured()) return value;
  if (value.is_object()) {
    for (const char* field : {"resourceVersion", "recommendations", "lastDecision", "uid"}) value.erase(field);
  }
  for (json& one : value) one = withoutTimes(std::move(one));
  return value;
}

}  // namespace

/// All that a process has and loses.
struct SmallCluster::Operator {
  explicit Operator(SmallCluster& cluster)
      : expectations(cluster.clock_),
        queue(cluster.clock_),
        recorder(cluster.client_, {.reportingController = "test", .reportingInstance = "test"}, cluster.clock_),
        watches(cluster.transport_, cluster.clock_, {}, queue, expectations, cluster.log_),
        feed(cluster.samples, queue),
        reconciler(
            {cluster.client_, watches, expectations, recorder, feed, cluster.metrics_, cluster.clock_, cluster.log_}) {}

  kube::Expectations expectations;
  kube::Queue queue;
  kube::EventRecorder recorder;
  Watches watches;
  MetricFeed feed;
  Reconciler reconciler;
};

SmallCluster::SmallCluster(json spec)
    : transport_([this](const http::Request& request) { return answer(request); }),
      client_(transport_, {.fieldManager = "tidewright"}),
      log_(LogLevel::Error, LogFormat::Text) {
  objects_[kApp] = {{"metadata", {{"namespace", "shop"}, {"name", "web"}, {"uid", "u-1"}, {"generation", 1}}},
                    {"spec", std::move(spec)}};
  touch(objects_[kApp]);
  operator_ = std::make_unique<Operator>(*this);
}

SmallCluster::~SmallCluster() = default;

void SmallCluster::touch(json& object) {
  fillIn(object);
  object["metadata"]["resourceVersion"] = std::to_string(++version_);
}

void SmallCluster::edit(const std::function<void(json& spec)>& change) {
  json& app = objects_[kApp];
  change(app["spec"]);
  app["metadata"]["generation"] = app["metadata"]["generation"].get<int64_t>() + 1;
  touch(app);
  writes_.clear();
}

void SmallCluster::ask(const std::string& command) {
  json& app = objects_[kApp];
  app["metadata"]["annotations"][std::string(kCommandAnnotation)] = command;
  touch(app);
  writes_.clear();
}

void SmallCluster::strike(int write, Fate fate) { strike_ = {write + static_cast<int>(writes_.size()), fate}; }

void SmallCluster::run() {
  int quiet = 0;
  std::string trouble = "its writes do not end";
  for (int round = 0; round < 300; ++round) {
    const bool worked = letControllersWork();
    fillCaches();
    const std::size_t before = writes_.size();
    const Result<kube::Requeue> done = operator_->reconciler.reconcile(kKey, kube::Cause::Change, {});
    if (testing::Test::HasFailure()) return;
    if (std::exchange(dead_, false)) {
      operator_ = std::make_unique<Operator>(*this);
      clock_.advance(3s);
    } else if (!done) {
      trouble = done.error().message();
      clock_.advance(1s);
    } else if (worked || writes_.size() > before) {
      quiet = 0;
      clock_.advance(1s);
    } else if (!done->after || ++quiet > 4) {
      return;
    } else {
      clock_.advance(*done->after);
    }
  }
  ADD_FAILURE() << "it never comes to rest: " << trouble << ": " << testing::PrintToString(writes_);
}

bool SmallCluster::letControllersWork() {
  bool worked = false;
  for (auto& [path, set] : objects_) {
    if (!path.starts_with("replicasets/")) continue;
    const json before = set["status"];
    const int32_t wanted = set["spec"]["replicas"];
    const int32_t there = set["status"]["replicas"];
    // The pods of the last round are ready in this one.
    set["status"] = {{"replicas", wanted},
                     {"readyReplicas", std::min(there, wanted)},
                     {"availableReplicas", std::min(there, wanted)}};
    if (set["status"] == before) continue;
    touch(set);
    worked = true;
  }
  return worked;
}

void SmallCluster::fillCaches() {
  Caches& caches = operator_->watches.of("shop");
  const auto sets = ofKind(objects_, "replicasets");
  std::vector<kube::Pod> pods;
  for (const json& set : sets) std::ranges::move(podsOf(set), std::back_inserter(pods));
  std::vector<kube::EndpointSlice> slices;
  for (const json& service : ofKind(objects_, "services")) {
    kube::EndpointSlice slice;
    slice.meta.ns = "shop";
    slice.meta.name = slice.serviceName = service["metadata"]["name"];
    slice.meta.resourceVersion = std::to_string(++version_);
    for (const json& set : sets) {
      if (!selects(service["spec"]["selector"], set["spec"]["template"]["metadata"]["labels"])) continue;
      for (const kube::Pod& pod : podsOf(set)) {
        slice.endpoints.push_back({.podName = pod.meta.name, .podUid = pod.meta.uid, .ready = pod.ready});
      }
    }
    slices.push_back(std::move(slice));
  }
  refill(caches.replicaSets, parsed(sets, kube::replicaSetParser(kAll)));
  refill(caches.services, parsed(ofKind(objects_, "services"), kube::serviceParser(kAll)));
  refill(caches.budgets, parsed(ofKind(objects_, "poddisruptionbudgets"), kube::podDisruptionBudgetParser(kAll)));
  refill(caches.pods, std::move(pods));
  refill(caches.slices, std::move(slices));
  refill(caches.apps, parsed(ofKind(objects_, "scaledapps"), appParser()));
  operator_->expectations.forget(kKey);  // They are what is true.
}

Result<http::FakeAnswer> SmallCluster::answer(const http::Request& request) {
  const std::size_t found = request.target.find(kPrefix);
  // A watch of the whole cluster asks in a thread of its own, and what is here belongs to the test's thread.
  if (found == std::string::npos) return http::FakeAnswer{.response = {.status = 404, .headers = {}, .body = "{}"}};
  const std::size_t from = found + kPrefix.size();
  const std::size_t query = request.target.find('?');
  const std::string path = request.target.substr(from, query == std::string::npos ? query : query - from);
  if (path == "events") return http::FakeAnswer{.response = {.status = 201, .headers = {}, .body = request.body}};
  if (dead_) return fail(ErrorCode::Unavailable, "the process is dead");

  const bool isWrite = request.method != "GET" && request.target.find("dryRun") == std::string::npos;
  std::optional<Fate> fate;
  if (isWrite) {
    if (strike_ && strike_->first == static_cast<int>(writes_.size())) fate = std::exchange(strike_, {})->second;
    writes_.push_back(request.method + " " + path);
    dead_ = fate && *fate != Fate::AnswerLost;
    if (fate == Fate::KilledBeforeWriting) return fail(ErrorCode::Unavailable, "the process is dead");
  }
  const int64_t before = replicas(), availableBefore = available(), servingBefore = behindTheService();
  const Answer answer = take(request, path);
  if (isWrite) checkWrite(writes_.back(), before, availableBefore, servingBefore);
  if (fate) return fail(ErrorCode::Unavailable, "the answer is lost");
  return http::FakeAnswer{.response = {.status = answer.status, .headers = {}, .body = answer.body.dump()}};
}

SmallCluster::Answer SmallCluster::take(const http::Request& request, const std::string& path) {
  const auto refused = [](int status, const char* reason) {
    return Answer{status, {{"kind", "Status"}, {"reason", reason}, {"message", reason}, {"code", status}}};
  };
  if (request.target.find("dryRun") != std::string::npos) return {201, json::parse(request.body)};
  if (request.method == "POST") {
    json object = json::parse(request.body);
    if (objects_.contains(path + "/" + object["metadata"]["name"].get<std::string>())) {
      return refused(409, "AlreadyExists");
    }
    return post(path, std::move(object));
  }
  const bool status = path.ends_with("/status");
  const std::string name = status ? path.substr(0, path.size() - 7) : path;
  if (!objects_.contains(name)) return refused(404, "NotFound");
  if (request.method == "GET") return {200, objects_.at(name)};
  if (request.method == "DELETE") {
    const json gone = objects_.at(name);
    objects_.erase(name);
    return {200, gone};
  }
  const json body = json::parse(request.body);
  if (body.is_array()) {
    try {
      objects_[name] = objects_.at(name).patch(body);
    } catch (const json::exception&) {
      return refused(422, "Invalid");
    }
    touch(objects_[name]);
    return {200, objects_[name]};
  }
  const std::string seen = body.value("/metadata/resourceVersion"_json_pointer, "");
  if (!seen.empty() && seen != objects_.at(name)["metadata"]["resourceVersion"]) return refused(409, "Conflict");
  const bool apply = std::ranges::any_of(
      request.headers, [](const auto& header) { return header.second.find("apply-patch") != std::string::npos; });
  return patch(name, body, apply);
}

SmallCluster::Answer SmallCluster::post(const std::string& collection, json object) {
  const std::string name = object["metadata"]["name"];
  object["metadata"]["namespace"] = "shop";
  object["metadata"]["uid"] = "uid of " + name;
  object["metadata"]["creationTimestamp"] = "2026-11-21T00:00:00Z";
  if (collection == "replicasets") {
    object["status"] = {{"replicas", 0}, {"readyReplicas", 0}, {"availableReplicas", 0}};
  }
  touch(object);
  return {201, objects_[collection + "/" + name] = std::move(object)};
}

SmallCluster::Answer SmallCluster::patch(const std::string& path, const json& body, bool apply) {
  json& object = objects_.at(path);
  // What we do not apply any more is gone, and all that we apply lies in these two.
  if (apply) {
    object["spec"] = body.at("spec");
    object["metadata"]["annotations"] = body.at("metadata").value("annotations", json::object());
  } else {
    object.merge_patch(body);
  }
  touch(object);
  return {200, object};
}

int64_t SmallCluster::replicas() const {
  int64_t sum = 0;
  for (const json& set : ofKind(objects_, "replicasets")) sum += set["spec"]["replicas"].get<int64_t>();
  return sum;
}

int64_t SmallCluster::available() const {
  int64_t sum = 0;
  for (const json& set : ofKind(objects_, "replicasets")) {
    sum += std::min(set["status"]["availableReplicas"].get<int64_t>(), set["spec"]["replicas"].get<int64_t>());
  }
  return sum;
}

int64_t SmallCluster::behindTheService() const {
  if (!objects_.contains("services/web")) return 0;
  int64_t sum = 0;
  for (const json& set : ofKind(objects_, "replicasets")) {
    const json& labels = set["spec"]["template"]["metadata"]["labels"];
    if (!selects(objects_.at("services/web")["spec"]["selector"], labels)) continue;
    sum += std::min(set["status"]["availableReplicas"].get<int64_t>(), set["spec"]["replicas"].get<int64_t>());
  }
  return sum;
}

int32_t SmallCluster::desired() const {
  const json& app = objects_.at(kApp);
  return app.value("/status/desiredReplicas"_json_pointer, app["spec"]["replicas"].get<int32_t>());
}

void SmallCluster::checkWrite(const std::string& line, int64_t replicasBefore, int64_t availableBefore,
                              int64_t servingBefore) const {
  const json strategy = objects_.at(kApp).value("/spec/rollout/strategy"_json_pointer, "RollingUpdate");
  const int64_t surge = strategy == "BlueGreen" ? desired() : decide::resolveLimits({25, true}, {0}, desired()).surge;
  if (strategy == "Recreate") return;  // It is there to interrupt.
  if (replicas() > replicasBefore) {
    EXPECT_LE(replicas(), desired() + surge) << line << " after " << replicasBefore;
  }
  if (available() < availableBefore) {
    EXPECT_GE(available(), desired()) << line << " after " << availableBefore;
  }
  if (behindTheService() < servingBefore) {
    EXPECT_GE(behindTheService(), desired()) << line << " after " << servingBefore << " behind the Service";
  }
}

json SmallCluster::state() const {
  json all = json::object();
  for (const auto& [path, object] : objects_) all[path] = withoutTimes(object);
  return all;
}

}  // namespace tidewright::control
