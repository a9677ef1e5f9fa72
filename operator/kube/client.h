#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "operator/http/transport.h"
#include "operator/kube/object_key.h"
#include "operator/kube/resource_kind.h"
#include "operator/result.h"

namespace tidewright::kube {

using Json = nlohmann::json;

/// Waits; false if `stop` came first.
using Sleep = std::function<bool(std::chrono::nanoseconds time, std::stop_token stop)>;
[[nodiscard]] bool sleepFor(std::chrono::nanoseconds time, std::stop_token stop);

struct ClientOptions {
  /// Under what name our fields are managed, in creates, patches and applies alike.
  std::string fieldManager;
  /// How long the server may stay silent.
  std::chrono::milliseconds timeout{30'000};
  /// How often one request is sent while the server asks for patience (429 or 5xx with Retry-After).
  int tries = 5;
  /// A longer wait than this is left to the caller.
  std::chrono::seconds longestWait{30};
  /// In [0, 1); called from any thread.
  std::function<double()> random;
  Sleep sleep = sleepFor;
};

struct WriteOptions {
  std::string subresource;  ///< "status", "scale"
  bool dryRun = false;      ///< Checked by the server, stored nowhere
  bool force = true;        ///< Of an apply: take fields that somebody else manages; without it that is a Conflict
};

struct ListOptions {
  std::string labelSelector;
  std::string fieldSelector;
  int pageSize = 500;
};

struct ObjectList {
  std::vector<Json> items;  ///< Without apiVersion and kind, as the server sends them
  std::string resourceVersion;
};

struct DeleteOptions {
  std::string uid;              ///< Only that very object: Conflict otherwise
  std::string resourceVersion;  ///< Only in that state: Conflict otherwise
  std::string propagationPolicy = "Background";
  bool dryRun = false;
};

/// Calls to the API server, one function a verb. Errors carry the server's own message and say which call it was;
/// nothing is retried but what the server asks to send again later, so that a Conflict always reaches the caller.
/// A create whose answer was lost has perhaps happened: sent again it is AlreadyExists, and the caller then looks
/// whether the object is his. Thread-safe; each function blocks until the answer, the time-out or `stop`.
class Client {
 public:
  /// `transport` must outlive the client.
  Client(http::Transport& transport, ClientOptions options);

  [[nodiscard]] Result<Json> get(const ResourceKind& kind, const ObjectKey& key, std::stop_token stop,
                                 std::string_view subresource = {}) const;

  /// Any path that answers with JSON: "/version".
  [[nodiscard]] Result<Json> getPath(const std::string& path, std::stop_token stop) const;

  /// All objects, page by page; of all namespaces if `ns` is empty. If the list grows too old between two pages it is
  /// taken once more in one piece.
  [[nodiscard]] Result<ObjectList> list(const ResourceKind& kind, std::string_view ns, const ListOptions& options,
                                        std::stop_token stop) const;

  [[nodiscard]] Result<Json> create(const ResourceKind& kind, std::string_view ns, const Json& object,
                                    std::stop_token stop, const WriteOptions& options = {}) const;

  /// Server-side apply: what `object` names becomes ours and so, what we applied before and leave out now goes, the rest
  /// stays as it is. Creates it if it is not there.
  [[nodiscard]] Result<Json> apply(const ResourceKind& kind, const ObjectKey& key, const Json& object,
                                   std::stop_token stop, const WriteOptions& options = {}) const;

  /// To be called with what `create` returned, or with what was found instead, before the first `apply`: see
  /// managed_fields.h. Returns the object as it is then; no call if nothing is to be done.
  [[nodiscard]] Result<Json> ownByApply(const ResourceKind& kind, const Json& object, std::stop_token stop) const;

  /// Replaces the object. With its resourceVersion inside somebody else's write in between is a Conflict.
  [[nodiscard]] Result<Json> update(const ResourceKind& kind, const ObjectKey& key, const Json& object,
                                    std::stop_token stop, const WriteOptions& options = {}) const;
  [[nodiscard]] Result<Json> updateStatus(const ResourceKind& kind, const ObjectKey& key, const Json& object,
                                          std::stop_token stop) const;

  /// JSON merge patch, RFC 7386: null removes a field, lists are replaced whole. Resource versions as in `update`.
  [[nodiscard]] Result<Json> mergePatch(const ResourceKind& kind, const ObjectKey& key, const Json& patch,
                                        std::stop_token stop, const WriteOptions& options = {}) const;
  [[nodiscard]] Result<Json> patchStatus(const ResourceKind& kind, const ObjectKey& key, const Json& patch,
                                         std::stop_token stop) const;

  /// JSON patch, RFC 6902. A "test" that does not hold is Invalid.
  [[nodiscard]] Result<Json> jsonPatch(const ResourceKind& kind, const ObjectKey& key, const Json& operations,
                                       std::stop_token stop, const WriteOptions& options = {}) const;

  /// Returns when the deletion is accepted; finalizers may hold the object for longer.
  [[nodiscard]] Result<void> remove(const ResourceKind& kind, const ObjectKey& key, const DeleteOptions& options,
                                    std::stop_token stop) const;

 private:
  [[nodiscard]] Result<Json> patch(const ResourceKind& kind, const ObjectKey& key, const Json& body,
                                   const char* contentType, const char* verb, bool force, std::stop_token stop,
                                   const WriteOptions& options) const;
  [[nodiscard]] Result<Json> call(http::Request request, const std::stop_token& stop) const;
  [[nodiscard]] Result<http::Response> sendPatiently(const http::Request& request, const std::stop_token& stop) const;

  http::Transport& transport_;
  const ClientOptions options_;
};

}  // namespace tidewright::kube
