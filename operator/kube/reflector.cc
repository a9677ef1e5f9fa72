#include "operator/kube/reflector.h"

#include <utility>
#include <variant>

#include "operator/kube/line_splitter.h"
#include "operator/kube/list_splitter.h"
#include "operator/kube/status_error.h"

namespace tidewright::kube {
namespace {

/// Notes that bytes came, whatever they are, and passes them on.
class Listening final : public http::ByteSink {
 public:
  Listening(http::ByteSink& next, std::function<void()> heard) : next_(next), heard_(std::move(heard)) {}
  Result<void> write(std::string_view bytes) override {
    heard_();
    return next_.write(bytes);
  }

 private:
  http::ByteSink& next_;
  std::function<void()> heard_;
};

WatchStep firstStep(const ReflectorOptions& options) {
  if (options.watchList) return WatchList{};
  return ListPages{};
}

}  // namespace

Reflector::Reflector(http::Transport& transport, Feed& feed, const Clock& clock, ReflectorOptions options,
                     Random random)
    : transport_(transport),
      feed_(feed),
      clock_(clock),
      options_(std::move(options)),
      backoff_(std::move(random)),
      next_(firstStep(options_)),
      lastHeard_(clock.mono().time_since_epoch().count()) {}

void Reflector::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) waitBetween(step(stop), stop);
  });
}

void Reflector::stop() { thread_ = {}; }

void Reflector::waitBetween(std::chrono::nanoseconds time, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, time, [this] { return relist_; });
}

bool Reflector::waitForSync(std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [this] { return synced_.load(); });
}

std::chrono::nanoseconds Reflector::lastHeardAge() const {
  return clock_.mono().time_since_epoch() - std::chrono::nanoseconds(lastHeard_.load());
}

bool Reflector::waitForList(std::uint64_t ticket, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [this, ticket] { return listed_ >= ticket; });
}

std::uint64_t Reflector::relist() {
  std::uint64_t ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    relist_ = true;
    ticket = ++asked_;
    request_.request_stop();
  }
  changed_.notify_all();
  return ticket;
}

std::chrono::nanoseconds Reflector::step(std::stop_token stop) {
  std::stop_source request;
  {
    const std::lock_guard lock(mutex_);
    request_ = request;
    if (std::exchange(relist_, false)) {
      next_ = ListPages{};
      serving_ = asked_;
    }
  }
  const std::stop_callback passOn(stop, [&request] { request.request_stop(); });

  const WatchOutcome outcome = perform(request.get_token());
  // Whoever stopped it decides what comes next: nothing, or a new list.
  if (request.stop_requested()) return {};
  const auto [next, wait] = nextStep(next_, outcome, backoff_, clock_.mono());
  next_ = next;
  if (const auto* ended = std::get_if<Ended>(&outcome); ended != nullptr && ended->error) report(*ended->error, wait);
  return wait;
}

WatchOutcome Reflector::perform(std::stop_token stop) {
  if (std::holds_alternative<ListPages>(next_)) return list(options_.pageSize, std::move(stop));
  if (std::holds_alternative<ListWhole>(next_)) return list(0, std::move(stop));
  const auto* from = std::get_if<Watch>(&next_);
  return watch(from == nullptr ? "" : from->resourceVersion, std::move(stop));
}

Result<void> Reflector::stream(http::Query query, http::ByteSink& sink, std::stop_token stop) {
  if (!options_.labelSelector.empty()) query.emplace_back("labelSelector", options_.labelSelector);
  if (!options_.fieldSelector.empty()) query.emplace_back("fieldSelector", options_.fieldSelector);
  const http::Request request{.target = http::withQuery(options_.path, query),
                              .headers = {{"Accept", "application/json"}},
                              .timeout = options_.idleTimeout};
  Listening listening(sink, [this] { heard(); });
  retryAfter_ = {};
  const Result<http::Response> answer = transport_.stream(request, listening, std::move(stop));
  if (!answer) return fail(answer.error().in("{}", options_.path));
  heard();
  if (answer->status >= 200 && answer->status <= 299) return {};
  retryAfter_ = retryAfter(*answer).value_or(std::chrono::seconds(0));
  return fail(errorOf(*answer).in("{}", options_.path));
}

WatchOutcome Reflector::list(int pageSize, std::stop_token stop) {
  feed_.beginReplace();
  std::string next;
  std::string version;
  do {
    ListSplitter items([this](std::string_view item) -> Result<void> {
      (void)apply(WatchEventType::Added, item, true, {});
      return {};
    });
    http::Query query;
    if (pageSize > 0) query.emplace_back("limit", std::to_string(pageSize));
    if (!next.empty()) query.emplace_back("continue", next);
    const Result<void> streamed = stream(std::move(query), items, stop);
    if (!streamed) return Ended{.error = streamed.error(), .retryAfter = retryAfter_};
    const Result<ListSplitter::ListMeta> page = items.finish();
    if (!page) return Ended{.error = page.error().in("{}", options_.path)};
    next = page->next;
    version = page->resourceVersion;
  } while (!next.empty());
  feed_.finishReplace();
  sawVersion(version);
  nowSynced();
  return Listed{version};
}

WatchOutcome Reflector::watch(const std::string& from, std::stop_token stop) {
  Progress progress{.catchingUp = from.empty(), .version = from};
  http::Query query{{"watch", "1"},
                    {"allowWatchBookmarks", "true"},
                    {"timeoutSeconds", std::to_string(options_.serverTimeout.count())}};
  if (from.empty()) {
    feed_.beginReplace();
    query.emplace_back("sendInitialEvents", "true");
    query.emplace_back("resourceVersionMatch", "NotOlderThan");
  } else {
    query.emplace_back("resourceVersion", from);
  }
  LineSplitter lines([&](std::string_view line) { return onEvent(line, progress); });
  const MonoTime began = clock_.mono();
  const Result<void> streamed = stream(std::move(query), lines, std::move(stop));
  return Ended{.error = streamed ? std::nullopt : std::optional(streamed.error()),
               .resourceVersion = progress.version,
               .lasted = clock_.mono() - began,
               .retryAfter = retryAfter_};
}

Result<void> Reflector::onEvent(std::string_view line, Progress& progress) {
  const Result<WatchEvent> event = parseWatchEvent(line);
  if (!event) return fail(event.error());
  if (event->type != WatchEventType::Bookmark) {
    std::string version = apply(event->type, event->object, progress.catchingUp, progress.version);
    // Until the initial events are complete none of their versions is one to continue from.
    if (progress.catchingUp) return {};
    progress.version = std::move(version);
    sawVersion(progress.version);
    return {};
  }
  const Result<Bookmark> bookmark = parseBookmark(event->object);
  if (!bookmark) return fail(bookmark.error());
  if (progress.catchingUp && !bookmark->initialEventsEnd) return {};
  progress.version = bookmark->resourceVersion;
  if (std::exchange(progress.catchingUp, false)) feed_.finishReplace();
  sawVersion(progress.version);
  nowSynced();
  return {};
}

std::string Reflector::apply(WatchEventType type, std::string_view object, bool fromList, std::string before) {
  Result<std::string> version = feed_.apply(type, object, fromList);
  if (version) return *std::move(version);
  report(version.error().in("{}", options_.path), {});
  return before;
}

void Reflector::sawVersion(const std::string& version) const {
  if (options_.onVersion) options_.onVersion(version);
}

void Reflector::nowSynced() {
  {
    const std::lock_guard lock(mutex_);
    synced_ = true;
    listed_ = serving_;
  }
  changed_.notify_all();
}

void Reflector::report(const Error& error, std::chrono::nanoseconds wait) const {
  if (options_.onError) options_.onError(error, wait);
}

}  // namespace tidewright::kube
