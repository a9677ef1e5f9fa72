#include "tests/unit/control/shop.h"

#include <gtest/gtest.h>

#include <thread>
#include <utility>

#include "operator/control/merge_patch.h"
#include "operator/decide/labels.h"

namespace tidewright::control {
namespace {

using nlohmann::json;

const std::string kPrefix = "/namespaces/shop/";

}  // namespace

Shop::Shop()
    : standing{{"metadata",
                {{"name", "web"},
                 {"resourceVersion", "7"},
                 {"ownerReferences", {{{"controller", true}, {"uid", "u-1"}, {"kind", "ScaledApp"}}}}}}},
      transport_([this](const http::Request& request) { return answer(request); }),
      client_(transport_, {.fieldManager = "tidewright"}),
      log_(LogLevel::Error, LogFormat::Text) {
  restart();
}

void Shop::restart() {
  reconciler_.reset();
  feed_.reset();
  std::vector<AppObject> apps;
  std::vector<kube::ReplicaSet> sets;
  if (watches_) {
    for (const auto& key : caches().apps.keys()) apps.push_back(*caches().apps.get(key));
    for (const auto& key : caches().replicaSets.keys()) sets.push_back(*caches().replicaSets.get(key));
  }
  watches_.reset();
  expectations_ = std::make_unique<kube::Expectations>(clock);
  queue_ = std::make_unique<kube::Queue>(clock);
  recorder_ = std::make_unique<kube::EventRecorder>(
      client_, kube::EventOptions{.reportingController = "test", .reportingInstance = "test"}, clock);
  watches_ = std::make_unique<Watches>(transport_, clock, std::vector<std::string>{}, *queue_, *expectations_, log_);
  for (AppObject& one : apps) caches().apps.put(std::move(one));
  for (kube::ReplicaSet& one : sets) caches().replicaSets.put(std::move(one));
  feed_ = std::make_unique<MetricFeed>(samples, *queue_);
  reconciler_ = std::make_unique<Reconciler>(
      Reconciler::Parts{client_, *watches_, *expectations_, *recorder_, *feed_, metrics_, clock, log_});
}

void Shop::app(const json& spec, const json& status, int64_t generation) {
  AppObject object;
  object.meta.ns = "shop";
  object.meta.name = "web";
  object.meta.uid = "u-1";
  object.meta.resourceVersion = std::to_string(++version_);
  object.meta.generation = generation;
  if (!command.empty()) object.meta.annotations.emplace_back(std::string(kCommandAnnotation), command);
  if (!commandTaken.empty()) {
    object.meta.annotations.emplace_back(std::string(kCommandTakenAnnotation), commandTaken);
  }
  object.set(spec, status);
  status_ = status;
  caches().apps.put(std::move(object));
}

std::string Shop::replicaSet(int32_t replicas, int32_t desired, const json& podTemplate) {
  return put(replicas, replicas, podTemplate,
             {.number = 1, .sizedFor = decide::SizedFor{desired, desired}, .promotedAt = clock.wall()});
}

std::string Shop::firstReplicaSet(int32_t replicas, int32_t available, const json& podTemplate) {
  return put(replicas, available, podTemplate, {.number = 1, .sizedFor = decide::SizedFor{replicas, replicas + 1}});
}

std::string Shop::put(int32_t replicas, int32_t available, const json& podTemplate, decide::RevisionRecord record) {
  const api::Revision revision = decide::resolveRevision({.podTemplate = podTemplate}, {});
  kube::ReplicaSet set;
  set.meta.ns = "shop";
  set.meta.name = "web-" + revision.hash;
  set.meta.uid = "rs-" + revision.hash;
  set.meta.resourceVersion = std::to_string(++version_);
  set.meta.labels = {{std::string(decide::kAppLabel), "web"}, {std::string(decide::kRevisionLabel), revision.hash}};
  set.meta.owner = {"u-1", "ScaledApp", "web"};
  record.fingerprint = revision.fingerprint;
  for (const auto& [name, value] : decide::annotationsOf(record)) set.meta.annotations.emplace_back(name, value);
  set.meta.creationTimestamp = clock.wall();
  set.specReplicas = set.replicas = replicas;
  set.readyReplicas = set.availableReplicas = available;
  caches().replicaSets.put(std::move(set));
  return revision.hash;
}

std::string Shop::run(const json& manifest, bool stable) {
  const std::string revision = manifest.at("/metadata/labels/tidewright.dev~1revision"_json_pointer);
  kube::ReplicaSet set;
  set.meta.ns = "shop";
  set.meta.name = manifest.at("metadata").at("name");
  set.meta.uid = "rs-" + revision;
  set.meta.resourceVersion = std::to_string(++version_);
  for (const auto& [name, value] : manifest.at("metadata").at("labels").items()) {
    set.meta.labels.emplace_back(name, value.get<std::string>());
  }
  set.meta.owner = {"u-1", "ScaledApp", "web"};
  set.specReplicas = set.replicas = set.readyReplicas = set.availableReplicas = manifest.at("spec").at("replicas");
  for (const auto& [name, value] : manifest.at("metadata").at("annotations").items()) {
    set.meta.annotations.emplace_back(name, value.get<std::string>());
  }
  if (stable) set.meta.annotations.emplace_back(std::string(decide::kPromotedAtAnnotation), "2026-11-21T00:00:00Z");
  caches().replicaSets.put(std::move(set));
  return revision;
}

Result<kube::Requeue> Shop::reconcile(kube::Cause cause) {
  // The caches are what the test says: there is no watch whose news could be waited for.
  expectations_->forget({"shop", "web"});
  if (awaits) expectations_->deleted({"shop", "web"}, "/services", std::exchange(awaits, nullptr));
  return reconciler_->reconcile({"shop", "web"}, cause, {});
}

http::FakeAnswer Shop::refusal(const Refused& refused) {
  const json status{
      {"kind", "Status"}, {"reason", refused.reason}, {"message", refused.message}, {"code", refused.status}};
  return {.response = {.status = refused.status, .headers = {}, .body = status.dump()}};
}

http::FakeAnswer Shop::answerList(const http::Request& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  const std::string plural = path.substr(path.rfind('/') + 1);
  reads_.push_back(plural);
  if (const std::optional<Refused> refused = refuses ? refuses({"GET", plural, {}}) : std::nullopt) {
    return refusal(*refused);
  }
  const auto found = lists.find(plural);
  if (found == lists.end()) return {.stayOpen = true};
  if (request.target.find("resourceVersion=") != std::string::npos) return {.stayOpen = true};
  // What it has, as a watch that begins with it.
  http::FakeAnswer answer;
  for (const json& item : found->second)
    answer.chunks.push_back(json{{"type", "ADDED"}, {"object", item}}.dump() + "\n");
  answer.chunks.push_back(
      json{{"type", "BOOKMARK"},
           {"object",
            {{"metadata", {{"resourceVersion", "1"}, {"annotations", {{"k8s.io/initial-events-end", "true"}}}}}}}}
          .dump() +
      "\n");
  answer.stayOpen = true;
  return answer;
}

Result<http::FakeAnswer> Shop::answer(const http::Request& request) {
  const bool isList = request.target.find(kPrefix) == std::string::npos && request.method == "GET";
  while (isList && holdsLists) std::this_thread::yield();
  const std::lock_guard lock(mutex_);
  if (isList) return answerList(request);
  const std::size_t from = request.target.find(kPrefix) + kPrefix.size();
  const std::size_t query = request.target.find('?');
  Call call{.method = request.method,
            .path = request.target.substr(from, query == std::string::npos ? query : query - from),
            .body = json::parse(request.body, nullptr, false)};
  if (request.target.find("dryRun") != std::string::npos) call.path += "?dryRun";
  if (call.path == "events") {
    events_.push_back(call.body.value("reason", ""));
    return http::FakeAnswer{.response = {.status = 201, .headers = {}, .body = call.body.dump()}};
  }
  if (call.method != "GET") calls_.push_back(call);
  if (const std::optional<Refused> refused = refuses ? refuses(call) : std::nullopt) {
    return refusal(*refused);
  }
  if (call.method == "GET") {
    return http::FakeAnswer{.response = {.status = 200, .headers = {}, .body = standing.dump()}};
  }
  if (call.path == "scaledapps/web/status") status_.merge_patch(call.body.at("status"));
  json answer = call.body.is_object() ? call.body : json::object();
  answer["metadata"]["resourceVersion"] = std::to_string(++version_);
  return http::FakeAnswer{.response = {.status = 200, .headers = {}, .body = answer.dump()}};
}

std::vector<Shop::Call> Shop::writes() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::vector<std::string> Shop::lines() const {
  std::vector<std::string> out;
  for (const Call& call : writes()) out.push_back(call.method + " " + call.path);
  return out;
}

const Shop::Call* Shop::find(const std::string& line) const {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(calls_, [&](const Call& call) { return (call.method + " " + call.path).starts_with(line); });
  return found == calls_.end() ? nullptr : &*found;
}

void Shop::clear() {
  const std::lock_guard lock(mutex_);
  calls_.clear();
}

std::vector<std::string> Shop::eventReasons() {
  reconciler_.reset();
  recorder_.reset();
  const std::lock_guard lock(mutex_);
  return events_;
}

std::vector<std::string> Shop::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

json Shop::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

json Shop::condition(const std::string& type) const {
  const json all = status();
  for (const json& one : all.value("conditions", json::array())) {
    if (one.value("type", "") == type) return one;
  }
  return json::object();
}

}  // namespace tidewright::control
