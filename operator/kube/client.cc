#include "operator/kube/client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "operator/http/url.h"
#include "operator/kube/managed_fields.h"
#include "operator/kube/status_error.h"

namespace tidewright::kube {
namespace {

/// A wait is lengthened by up to this part of itself, so that those who were turned away together do not return so.
constexpr double kJitter = 0.5;
/// What "wait 0 seconds" becomes.
constexpr std::chrono::milliseconds kShortestWait{100};

std::string serialise(const Json& value) {
  // Text that is not UTF-8 is mended: the server would refuse the whole object for it.
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

http::Query writeQuery(const std::string& fieldManager, const WriteOptions& options) {
  http::Query query;
  if (!fieldManager.empty()) query.emplace_back("fieldManager", fieldManager);
  if (options.dryRun) query.emplace_back("dryRun", "All");
  return query;
}

/// Empty if it is not there or no text.
std::string metadataText(const Json& object, const char* field) {
  const Json::json_pointer where = Json::json_pointer("/metadata") / field;
  return object.contains(where) && object.at(where).is_string() ? object.at(where).get<std::string>() : std::string();
}

std::string describe(const ResourceKind& kind, const ObjectKey& key, std::string_view subresource) {
  return fmt::format("{}{}{} {}", kind.plural, subresource.empty() ? "" : "/", subresource, key.toString());
}

}  // namespace

bool sleepFor(std::chrono::nanoseconds time, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

Client::Client(http::Transport& transport, ClientOptions options)
    : transport_(transport), options_(std::move(options)) {}

Result<http::Response> Client::sendPatiently(const http::Request& request, const std::stop_token& stop) const {
  for (int tries = 1;; ++tries) {
    Result<http::Response> answer = transport_.send(request, stop);
    if (!answer) return answer;
    const std::optional<std::chrono::seconds> asked = retryAfter(*answer);
    if (!asked || *asked > options_.longestWait || tries >= options_.tries) return answer;
    const std::chrono::nanoseconds wait = std::max<std::chrono::nanoseconds>(*asked, kShortestWait);
    const double jitter = options_.random ? kJitter * options_.random() : 0;
    const std::chrono::nanoseconds longer(static_cast<std::int64_t>(static_cast<double>(wait.count()) * jitter));
    if (!options_.sleep(wait + longer, stop)) return fail(ErrorCode::Cancelled, "stopped while the server asked to wait");
  }
}

Result<Json> Client::call(http::Request request, const std::stop_token& stop) const {
  request.timeout = options_.timeout;
  request.headers.emplace_back("Accept", "application/json");
  const Result<http::Response> answer = sendPatiently(request, stop);
  if (!answer) return fail(answer.error());
  if (answer->status < 200 || answer->status > 299) return fail(errorOf(*answer));
  Json body = Json::parse(answer->body, nullptr, false);
  if (body.is_discarded()) {
    return fail(ErrorCode::Unavailable, "the server answered {} with something that is not JSON", answer->status);
  }
  return body;
}

Result<Json> Client::get(const ResourceKind& kind, const ObjectKey& key, std::stop_token stop,
                         std::string_view subresource) const {
  Result<Json> object = call({.method = "GET", .target = kind.objectPath(key, subresource)}, stop);
  if (!object) return fail(object.error().in("get {}", describe(kind, key, subresource)));
  return object;
}

Result<Json> Client::getPath(const std::string& path, std::stop_token stop) const {
  Result<Json> answer = call({.method = "GET", .target = path}, stop);
  if (!answer) return fail(answer.error().in("get {}", path));
  return answer;
}

Result<ObjectList> Client::list(const ResourceKind& kind, std::string_view ns, const ListOptions& options,
                                std::stop_token stop) const {
  const auto failed = [&](const Error& error) {
    return fail(error.in("list {}{}{}", kind.plural, ns.empty() ? "" : " in ", ns));
  };
  ObjectList all;
  std::string next;
  int pageSize = options.pageSize;
  while (true) {
    http::Query query;
    if (pageSize > 0) query.emplace_back("limit", std::to_string(pageSize));
    if (!next.empty()) query.emplace_back("continue", next);
    if (!options.labelSelector.empty()) query.emplace_back("labelSelector", options.labelSelector);
    if (!options.fieldSelector.empty()) query.emplace_back("fieldSelector", options.fieldSelector);
    Result<Json> page = call({.method = "GET", .target = http::withQuery(kind.collectionPath(ns), query)}, stop);
    if (!page && page.error().code() == ErrorCode::Gone && !next.empty()) {
      all = {};
      next.clear();
      pageSize = 0;
      continue;
    }
    if (!page) return failed(page.error());
    const auto items = page->find("items");
    if (items == page->end() || !(items->is_array() || items->is_null())) {
      return failed(Error(ErrorCode::Unavailable, "the server's answer is not a list"));
    }
    for (Json& item : *items) all.items.push_back(std::move(item));
    all.resourceVersion = metadataText(*page, "resourceVersion");
    next = metadataText(*page, "continue");
    if (next.empty()) return all;
  }
}

Result<Json> Client::create(const ResourceKind& kind, std::string_view ns, const Json& object, std::stop_token stop,
                            const WriteOptions& options) const {
  std::string path = kind.collectionPath(ns);
  const ObjectKey key{std::string(ns), metadataText(object, "name")};
  // "pods/binding" and the like are created below an object.
  if (!options.subresource.empty()) path = kind.objectPath(key, options.subresource);
  Result<Json> created = call({.method = "POST",
                               .target = http::withQuery(path, writeQuery(options_.fieldManager, options)),
                               .headers = {{"Content-Type", "application/json"}},
                               .body = serialise(object)},
                              stop);
  if (!created) return fail(created.error().in("create {}", describe(kind, key, options.subresource)));
  return created;
}

Result<Json> Client::update(const ResourceKind& kind, const ObjectKey& key, const Json& object, std::stop_token stop,
                            const WriteOptions& options) const {
  Result<Json> updated = call({.method = "PUT",
                               .target = http::withQuery(kind.objectPath(key, options.subresource),
                                                         writeQuery(options_.fieldManager, options)),
                               .headers = {{"Content-Type", "application/json"}},
                               .body = serialise(object)},
                              stop);
  if (!updated) return fail(updated.error().in("update {}", describe(kind, key, options.subresource)));
  return updated;
}

Result<Json> Client::updateStatus(const ResourceKind& kind, const ObjectKey& key, const Json& object,
                                  std::stop_token stop) const {
  return update(kind, key, object, stop, {.subresource = "status"});
}

Result<Json> Client::patch(const ResourceKind& kind, const ObjectKey& key, const Json& body, const char* contentType,
                           const char* verb, bool force, std::stop_token stop, const WriteOptions& options) const {
  http::Query query = writeQuery(options_.fieldManager, options);
  if (force) query.emplace_back("force", "true");
  Result<Json> patched = call({.method = "PATCH",
                               .target = http::withQuery(kind.objectPath(key, options.subresource), query),
                               .headers = {{"Content-Type", contentType}},
                               .body = serialise(body)},
                              stop);
  if (!patched) return fail(patched.error().in("{} {}", verb, describe(kind, key, options.subresource)));
  return patched;
}

Result<Json> Client::apply(const ResourceKind& kind, const ObjectKey& key, const Json& object, std::stop_token stop,
                           const WriteOptions& options) const {
  // JSON is YAML.
  return patch(kind, key, object, "application/apply-patch+yaml", "apply", options.force, stop, options);
}

Result<Json> Client::ownByApply(const ResourceKind& kind, const Json& object, std::stop_token stop) const {
  const std::optional<Json> operations = handOverToApply(object, options_.fieldManager);
  if (!operations) return object;
  return jsonPatch(kind, {metadataText(object, "namespace"), metadataText(object, "name")}, *operations, stop);
}

Result<Json> Client::mergePatch(const ResourceKind& kind, const ObjectKey& key, const Json& body, std::stop_token stop,
                                const WriteOptions& options) const {
  return patch(kind, key, body, "application/merge-patch+json", "patch", false, stop, options);
}

Result<Json> Client::patchStatus(const ResourceKind& kind, const ObjectKey& key, const Json& body,
                                 std::stop_token stop) const {
  return mergePatch(kind, key, body, stop, {.subresource = "status"});
}

Result<Json> Client::jsonPatch(const ResourceKind& kind, const ObjectKey& key, const Json& operations,
                               std::stop_token stop, const WriteOptions& options) const {
  return patch(kind, key, operations, "application/json-patch+json", "patch", false, stop, options);
}

Result<void> Client::remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options,
                            std::stop_token stop) const {
  Json body{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", options.propagationPolicy}};
  if (!options.uid.empty()) body["preconditions"]["uid"] = options.uid;
  if (!options.resourceVersion.empty()) body["preconditions"]["resourceVersion"] = options.resourceVersion;
  if (options.dryRun) body["dryRun"] = {"All"};
  const Result<Json> removed = call({.method = "DELETE",
                                     .target = kind.objectPath(key),
                                     .headers = {{"Content-Type", "application/json"}},
                                     .body = serialise(body)},
                                    stop);
  if (!removed) return fail(removed.error().in("delete {}", describe(kind, key, "")));
  return {};
}

}  // namespace tidewright::kube
