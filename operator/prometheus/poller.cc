#include "operator/prometheus/poller.h"

#include <optional>
#include <utility>

#include "operator/http/url.h"
#include "operator/prometheus/client.h"

namespace tidewright::prometheus {

class Poller::Handle final : public Subscription {
 public:
  Handle(Poller& poller, api::Query request, std::uint64_t id)
      : poller_(poller), request_(std::move(request)), id_(id) {}
  ~Handle() override { poller_.unsubscribe(request_, id_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

 private:
  Poller& poller_;
  api::Query request_;
  std::uint64_t id_;
};

Poller::Poller(FindServer findServer, const Clock& clock, PollerOptions options, QueryObserver observer)
    : findServer_(std::move(findServer)), clock_(clock), options_(options), observer_(std::move(observer)) {}

void Poller::start() {
  for (int i = 0; i < options_.concurrency; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

void Poller::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

std::unique_ptr<Subscription> Poller::subscribe(const api::Query& query, std::chrono::seconds interval,
                                                std::function<void()> onAnswer) {
  api::Query request = requestOf(query);
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = ++lastId_;
    Asked& asked = asked_[request];
    const bool quicker = asked.intervals.empty() || interval < *asked.intervals.begin();
    asked.intervals.insert(interval);
    asked.subscribers[id] = {interval, std::make_shared<const std::function<void()>>(std::move(onAnswer))};
    if (quicker) schedule_.set(request, interval, clock_.mono());
  }
  changed_.notify_one();
  return std::make_unique<Handle>(*this, std::move(request), id);
}

void Poller::unsubscribe(const api::Query& request, std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto asked = asked_.find(request);
  if (asked == asked_.end()) return;
  auto& [subscribers, intervals, answer, answeredAt] = asked->second;
  const auto leaving = subscribers.extract(id);
  if (!leaving.empty()) intervals.erase(intervals.find(leaving.mapped().interval));
  if (subscribers.empty()) {
    asked_.erase(asked);
    schedule_.remove(request);
  } else {
    schedule_.set(request, *intervals.begin(), clock_.mono());
  }
}

Reading Poller::read(const api::Query& query) const {
  std::shared_ptr<const Result<Answer>> answer;
  WallTime answeredAt;
  {
    const std::lock_guard lock(mutex_);
    if (const auto asked = asked_.find(requestOf(query)); asked != asked_.end()) {
      answer = asked->second.answer;
      answeredAt = asked->second.answeredAt;
    }
  }
  if (!answer) return {.sample = api::Unknown{"not asked yet"}, .evaluatedAt = {}, .answeredAt = {}, .failure = {}};
  if (!*answer) {
    return {.sample = api::Unknown{answer->error().message()},
            .evaluatedAt = {},
            .answeredAt = answeredAt,
            .failure = answer->error().code()};
  }
  return {.sample = readSample(**answer, query, clock_.wall()),
          .evaluatedAt = (*answer)->evaluatedAt,
          .answeredAt = answeredAt,
          .failure = {}};
}

bool Poller::step(std::stop_token stop) {
  std::optional<api::Query> request;
  {
    const std::lock_guard lock(mutex_);
    request = schedule_.take(clock_.mono());
  }
  if (request) ask(*request, std::move(stop));
  return request.has_value();
}

void Poller::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (step(stop)) continue;
    std::unique_lock lock(mutex_);
    const std::optional<MonoTime> next = schedule_.nextDue();
    const auto sooner = [&] {
      const std::optional<MonoTime> due = schedule_.nextDue();
      return due && (!next || *due < *next);
    };
    if (next) {
      changed_.wait_for(lock, stop, *next - clock_.mono(), sooner);
    } else {
      changed_.wait(lock, stop, sooner);
    }
  }
}

void Poller::ask(const api::Query& request, std::stop_token stop) {
  auto answer = std::make_shared<const Result<Answer>>(fetch(request, std::move(stop)));
  std::vector<std::shared_ptr<const std::function<void()>>> told;
  {
    const std::lock_guard lock(mutex_);
    schedule_.finished(request, clock_.mono());
    if (const auto asked = asked_.find(request); asked != asked_.end()) {
      asked->second.answer = std::move(answer);
      asked->second.answeredAt = clock_.wall();
      for (const auto& [id, subscriber] : asked->second.subscribers) told.push_back(subscriber.onAnswer);
    }
  }
  changed_.notify_one();
  for (const auto& onAnswer : told) (*onAnswer)();
}

Result<Answer> Poller::fetch(const api::Query& request, std::stop_token stop) const {
  const Result<Server> server = findServer_(request);
  if (!server) return fail(server.error());
  const MonoTime began = clock_.mono();
  Result<Answer> answer = query(*server->transport, request.query, options_.timeout, clock_, std::move(stop));
  // The address goes into conditions and metrics, which every tenant can read: never with a password.
  const Result<http::Url> url = http::parseUrl(server->address);
  const std::string shown = url ? url->toString() : server->address;
  if (!answer) answer = fail(answer.error().in("{}", shown));
  if (observer_) observer_(shown, answer ? nullptr : &answer.error(), clock_.mono() - began);
  return answer;
}

}  // namespace tidewright::prometheus
