#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "operator/clock.h"
#include "operator/kube/client.h"

namespace tidewright::control {

/// What a Secret holds, decoded. Never to be printed.
using SecretData = std::map<std::string, std::string>;

/// Secrets, read one by one when somebody needs them: a watch would bring every Secret of the cluster into this
/// process. What was read counts for 60 s, or for 5 s once it is doubted; that there is none counts for 5 s.
/// Thread-safe.
class Secrets {
 public:
  /// Asks the API server for one Secret.
  using Read = std::function<Result<kube::Json>(const kube::ObjectKey& key, std::stop_token stop)>;

  /// `clock` must outlive it.
  Secrets(Read read, const Clock& clock) : read_(std::move(read)), clock_(clock) {}

  /// Blocks while it is read; who asks for the same one meanwhile waits for that answer. The error is a clause that
  /// names the Secret and its namespace and says what to do. While the API server does not answer, what was read before
  /// still counts.
  [[nodiscard]] Result<std::shared_ptr<const SecretData>> get(const kube::ObjectKey& key, std::stop_token stop);

  /// Somebody did not accept what it holds, so it may have changed.
  void doubt(const kube::ObjectKey& key);

 private:
  using Held = Result<std::shared_ptr<const SecretData>>;
  struct Entry {
    std::optional<Held> held;
    MonoTime readAt, usedAt;
    bool doubted = false;
    bool reading = false;
  };
  [[nodiscard]] bool isFresh(const Entry& entry, MonoTime now) const;
  [[nodiscard]] Held decode(const kube::ObjectKey& key, const Result<kube::Json>& answer) const;

  const Read read_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<kube::ObjectKey, Entry> entries_;
};

}  // namespace tidewright::control
