#include "operator/prometheus/poller.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/chrono.h>

#include "operator/http/url.h"
#include "operator/prometheus/client.h"

namespace tidewright::prometheus {
namespace {

/// Nobody polls more seldom than once an hour: who was not asked for so long is asked by nobody any more.
constexpr std::chrono::hours kForgotten{2};

api::Query serverOf(api::Query request) {
  request.query.clear();
  return request;
}

/// The transport names its server in what it says; a sentence needs it once.
Error named(const Error& error, const std::string& server) {
  return error.message().starts_with(server) ? error : error.in("{}", server);
}

breaker::Event eventOf(const Result<Answer>& answer) {
  if (answer) return breaker::Answered{};
  switch (answer.error().code()) {
    case ErrorCode::Unavailable:
    case ErrorCode::Timeout:
    case ErrorCode::TooMany: return breaker::Failed{answer.error().message()};
    case ErrorCode::Cancelled: return breaker::Dropped{};
    default: return breaker::Answered{};  // The server is there and has its reasons.
  }
}

int severity(const breaker::State& state) {
  if (std::holds_alternative<breaker::Open>(state)) return 2;
  return std::holds_alternative<breaker::HalfOpen>(state) ? 1 : 0;
}

}  // namespace

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
    : findServer_(std::move(findServer)),
      clock_(clock),
      options_(options),
      observer_(std::move(observer)),
      schedule_(options.perServer) {}

void Poller::start() {
  const std::lock_guard lock(mutex_);
  started_ = true;
  relieve();
}

void Poller::stop() {
  std::vector<std::jthread> ending;
  {
    const std::lock_guard lock(mutex_);
    started_ = false;
    ending.swap(threads_);
  }
  for (std::jthread& thread : ending) thread.request_stop();
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
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (const std::optional<api::Query> request = schedule_.take(clock_.mono())) {
      --idle_;
      relieve();
      lock.unlock();
      ask(*request, stop);
      lock.lock();
      ++idle_;
      continue;
    }
    if (lookout_) {
      relieved_.wait(lock, stop, [this] { return !lookout_; });
      continue;
    }
    lookout_ = true;
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
    lookout_ = false;
  }
}

/// Somebody else goes on the lookout: one without work, or a new thread, so that there are as many as requests were
/// ever in flight at once, and one.
void Poller::relieve() {
  if (!started_ || lookout_) return;
  if (idle_ > 0) return relieved_.notify_one();
  if (static_cast<int>(threads_.size()) >= options_.inFlight) return;
  ++idle_;
  threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
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

Result<Answer> Poller::fetch(const api::Query& request, std::stop_token stop) {
  const Result<Server> server = findServer_(request, stop);
  if (!server) return fail(server.error());
  // The address goes into conditions and metrics, which every tenant can read: never with a password.
  const Result<http::Url> url = http::parseUrl(server->address);
  const std::string shown = url ? url->toString() : server->address;
  if (const Result<void> may = mayAsk(request, shown); !may) return fail(may.error());
  const MonoTime began = clock_.mono();
  Result<Answer> answer = query(*server->transport, request.query, options_.timeout, clock_, std::move(stop));
  if (!answer) answer = fail(named(answer.error(), shown));
  heard(request, answer);
  if (observer_) observer_(shown, answer ? nullptr : &answer.error(), clock_.mono() - began);
  return answer;
}

Result<void> Poller::mayAsk(const api::Query& request, const std::string& address) {
  const std::lock_guard lock(mutex_);
  const MonoTime now = clock_.mono();
  Known& known = known_[serverOf(request)];
  known.address = address;
  known.askedAt = now;
  auto [state, may] = breaker::transition(known.breaker, breaker::Asking{}, options_.breaker, now);
  known.breaker = std::move(state);
  if (may) {
    ++known.inFlight;
    return {};
  }
  if (const auto* open = std::get_if<breaker::Open>(&known.breaker)) {
    const auto until = std::chrono::ceil<std::chrono::seconds>(clock_.wall() + (open->until - now));
    return fail(ErrorCode::Unavailable, "{}; left alone until {:%FT%TZ}, after {} failures in a row", open->why, until,
                options_.breaker.failures);
  }
  return fail(ErrorCode::Unavailable, "{}; left alone until a first request finds out whether it answers again",
              std::get<breaker::HalfOpen>(known.breaker).why);
}

void Poller::heard(const api::Query& request, const Result<Answer>& answer) {
  const std::lock_guard lock(mutex_);
  Known& known = known_.at(serverOf(request));
  --known.inFlight;
  known.breaker = breaker::transition(known.breaker, eventOf(answer), options_.breaker, clock_.mono()).state;
  forgetUnasked();
}

void Poller::forgetUnasked() {
  const MonoTime now = clock_.mono();
  std::erase_if(known_, [now](const auto& entry) {
    return entry.second.inFlight == 0 && now - entry.second.askedAt > kForgotten;
  });
}

std::map<std::string, ServerLoad> Poller::servers() {
  const std::lock_guard lock(mutex_);
  forgetUnasked();
  std::map<std::string, ServerLoad> out;
  for (const auto& [server, known] : known_) {
    ServerLoad& load = out[known.address];
    load.inFlight += known.inFlight;
    load.breaker = std::max(load.breaker, severity(known.breaker));
  }
  return out;
}

}  // namespace tidewright::prometheus
