#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include "operator/clock.h"
#include "operator/http/transport.h"
#include "operator/http/url.h"
#include "operator/kube/backoff.h"
#include "operator/kube/parse.h"
#include "operator/kube/store.h"
#include "operator/kube/watch_cycle.h"
#include "operator/kube/watch_event.h"
#include "operator/result.h"

namespace tidewright::kube {

/// Where a reflector puts what it hears: a Store with its parser, see StoreFeed. Called from one thread.
struct Feed {
  virtual ~Feed() = default;
  virtual void beginReplace() = 0;
  virtual void finishReplace() = 0;
  /// Returns the object's resourceVersion. An error concerns this object only.
  [[nodiscard]] virtual Result<std::string> apply(WatchEventType type, std::string_view object, bool fromList) = 0;
};

template <class T>
class StoreFeed final : public Feed {
 public:
  /// `store` must outlive the feed.
  StoreFeed(Store<T>& store, Parse<T> parse) : store_(store), parse_(std::move(parse)) {}

  void beginReplace() override { store_.beginReplace(); }
  void finishReplace() override { store_.finishReplace(); }

  Result<std::string> apply(WatchEventType type, std::string_view object, bool fromList) override {
    Result<T> parsed = parse_(object);
    if (!parsed) {
      // What we cannot read has not vanished: its last good state stays.
      if (const Result<ObjectMeta> meta = parseMeta(object)) store_.keep(meta->key());
      return fail(parsed.error());
    }
    std::string version = parsed->meta.resourceVersion;
    if (type == WatchEventType::Deleted) {
      store_.remove(*std::move(parsed));
    } else {
      store_.put(*std::move(parsed), fromList);
    }
    return version;
  }

 private:
  Store<T>& store_;
  Parse<T> parse_;
};

struct ReflectorOptions {
  /// "/api/v1/pods", or with the namespace in it to watch one only.
  std::string path;
  std::string labelSelector;
  std::string fieldSelector;
  int pageSize = 500;
  /// Begin with a WatchList where the server has it.
  bool watchList = true;
  /// The server ends a watch after `serverTimeout`; a longer silence than `idleTimeout` means that nobody is there.
  std::chrono::seconds serverTimeout{290};
  std::chrono::seconds idleTimeout{295};

  /// The watch has seen everything up to this version: read-your-own-writes waits for it. Also from bookmarks.
  std::function<void(const std::string& resourceVersion)> onVersion;
  /// A request failed and is tried again in `wait`, or an object could not be read (`wait` 0). For logs and metrics.
  std::function<void(const Error& error, std::chrono::nanoseconds wait)> onError;
};

/// Keeps a Feed equal to one collection of the API, for ever: list, watch, begin again. `transport`, `feed` and `clock`
/// must outlive it. The callbacks run in its thread.
class Reflector {
 public:
  Reflector(http::Transport& transport, Feed& feed, const Clock& clock, ReflectorOptions options,
            Random random = systemRandom());
  ~Reflector() { stop(); }
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  void start();
  /// Ends the request in flight and waits for the thread.
  void stop();

  /// The feed has had a complete list at least once. Stays true: an old cache is better than none.
  [[nodiscard]] bool synced() const { return synced_; }
  /// False if stopped before.
  [[nodiscard]] bool waitForSync(std::stop_token stop) const;
  /// How long ago the server was last heard of; it feeds readiness and a metric. A server sends a bookmark about every
  /// minute and ends every watch after `serverTimeout`, so much more than `idleTimeout` is never in order.
  [[nodiscard]] std::chrono::nanoseconds lastHeardAge() const;
  /// Lists again, at once: the cache is suspected of having missed something. The ticket is for `waitForList`. Any
  /// thread.
  std::uint64_t relist();
  /// Until the feed has had a whole list that began after the `relist` which gave this ticket; false if stopped before.
  [[nodiscard]] bool waitForList(std::uint64_t ticket, std::stop_token stop) const;

  /// One request and how long to wait after it: what the thread does in a loop, and the way to test.
  std::chrono::nanoseconds step(std::stop_token stop);

 private:
  [[nodiscard]] WatchOutcome perform(std::stop_token stop);
  [[nodiscard]] WatchOutcome list(int pageSize, std::stop_token stop);
  /// From a version, or, without one, beginning with all that exists.
  [[nodiscard]] WatchOutcome watch(const std::string& from, std::stop_token stop);
  /// How far a watch has come.
  struct Progress {
    bool catchingUp = false;  ///< Still receiving what existed before (`sendInitialEvents`)
    std::string version;      ///< Up to here everything was seen; empty while catching up
  };
  [[nodiscard]] Result<void> onEvent(std::string_view line, Progress& progress);
  [[nodiscard]] Result<void> stream(http::Query query, http::ByteSink& sink, std::stop_token stop);
  /// The object's version, or what was known before it if it could not be read.
  [[nodiscard]] std::string apply(WatchEventType type, std::string_view object, bool fromList, std::string before);
  void heard() { lastHeard_ = clock_.mono().time_since_epoch().count(); }
  void sawVersion(const std::string& version) const;
  void nowSynced();
  void report(const Error& error, std::chrono::nanoseconds wait) const;
  void waitBetween(std::chrono::nanoseconds time, const std::stop_token& stop);

  http::Transport& transport_;
  Feed& feed_;
  const Clock& clock_;
  const ReflectorOptions options_;
  Backoff backoff_;
  WatchStep next_;
  std::chrono::nanoseconds retryAfter_{};  ///< What the last answer asked for

  std::atomic<bool> synced_ = false;
  std::atomic<std::int64_t> lastHeard_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  bool relist_ = false;
  std::uint64_t asked_ = 0;    ///< Tickets given
  std::uint64_t serving_ = 0;  ///< The list under way, or the last one, began after this ticket
  std::uint64_t listed_ = 0;   ///< The last whole list began after this ticket
  std::stop_source request_;   ///< Ends the request in flight
  std::jthread thread_;
};

}  // namespace tidewright::kube
