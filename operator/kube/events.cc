#include "operator/kube/events.h"

#include <fmt/chrono.h>

#include <algorithm>

namespace tidewright::kube {
namespace {

constexpr std::size_t kMostWaiting = 5000;
/// How often series are looked at.
constexpr std::chrono::seconds kTick{1};
/// How often an event whose turn has not come looks whether it has.
constexpr std::chrono::milliseconds kShortWait{50};
/// What the API server accepts.
constexpr std::size_t kMostOfNote = 1024;
constexpr std::size_t kMostOfWord = 128;

const ResourceKind kEvents{.group = "events.k8s.io", .version = "v1", .plural = "events", .kind = "Event"};

/// At most `most` bytes, without cutting a character of UTF-8 in two.
std::string cut(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  constexpr std::string_view kMore = "...";
  std::size_t end = most - kMore.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end) + std::string(kMore);
}

std::string microTime(WallTime time) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(micros);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (micros - seconds).count());
}

Json seriesOf(const EventWrite& write) { return {{"count", write.count}, {"lastObservedTime", microTime(write.last)}}; }

}  // namespace

Json toJson(const EventWrite& write, const EventOptions& options) {
  const EventSubject& about = write.event.regarding;
  Json regarding{{"apiVersion", about.apiVersion}, {"kind", about.kind}, {"name", about.key.name}, {"uid", about.uid}};
  if (!about.key.ns.empty()) regarding["namespace"] = about.key.ns;
  Json event{{"apiVersion", "events.k8s.io/v1"},
             {"kind", "Event"},
             {"metadata", {{"name", write.name.name}, {"namespace", write.name.ns}}},
             {"eventTime", microTime(write.first)},
             {"reportingController", options.reportingController},
             {"reportingInstance", cut(options.reportingInstance, kMostOfWord)},
             {"regarding", std::move(regarding)},
             {"type", write.event.type == EventType::Warning ? "Warning" : "Normal"},
             {"reason", cut(write.event.reason, kMostOfWord)},
             {"action", cut(write.event.action, kMostOfWord)},
             {"note", cut(write.event.note, kMostOfNote)}};
  if (write.count > 1) event["series"] = seriesOf(write);
  return event;
}

EventRecorder::EventRecorder(const Client& client, EventOptions options, const Clock& clock)
    : client_(client),
      options_(std::move(options)),
      clock_(clock),
      series_(options_.limits),
      pace_(options_.aSecond, options_.atOnce),
      worker_([this](const std::stop_token& stop) { work(stop); }) {}

EventRecorder::~EventRecorder() {
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, options_.farewell, [this] { return finished_; });
  }
  worker_.request_stop();
}

void EventRecorder::record(Event event) {
  const WallTime now = clock_.wall();
  const std::lock_guard lock(mutex_);
  // People wait for what is wrong.
  const bool isWarning = event.type == EventType::Warning;
  if (waiting_.size() >= kMostWaiting) {
    ++dropped_;
    if (!isWarning || waiting_.back().event.type == EventType::Warning) return;
    waiting_.pop_back();
  }
  auto place = waiting_.end();
  if (isWarning) {
    place = std::ranges::find(waiting_, EventType::Normal, [](const Happened& one) { return one.event.type; });
  }
  waiting_.insert(place, {std::move(event), now});
  changed_.notify_all();
}

void EventRecorder::work(const std::stop_token& stop) {
  MonoTime seriesAt;
  for (bool last = false, idle = false; !last;) {
    std::optional<Happened> next;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kTick, [this] { return closing_ || !waiting_.empty(); });
      if (!waiting_.empty()) {
        next = std::move(waiting_.front());
        waiting_.pop_front();
      }
      idle = waiting_.empty();
      last = closing_ && idle;
    }
    if (next) {
      if (const std::optional<EventWrite> first = series_.happened(next->event, next->at)) write(*first, stop);
    }
    // What is new comes before how often the old was repeated.
    if (last || (idle && clock_.mono() >= seriesAt + kTick)) {
      for (const EventWrite& again : series_.due(clock_.wall(), last)) write(again, stop);
      seriesAt = clock_.mono();
    }
  }
  const std::lock_guard lock(mutex_);
  finished_ = true;
  changed_.notify_all();
}

void EventRecorder::awaitTurn() {
  std::unique_lock lock(mutex_);
  while (!closing_ && !pace_.take(clock_.mono())) changed_.wait_for(lock, kShortWait, [this] { return closing_; });
}

void EventRecorder::write(const EventWrite& write, const std::stop_token& stop) {
  awaitTurn();
  if (stop.stop_requested()) return;
  const Result<Json> written = write.count == 1
                                   ? client_.create(kEvents, write.name.ns, toJson(write, options_), stop)
                                   : client_.mergePatch(kEvents, write.name, {{"series", seriesOf(write)}}, stop);
  // AlreadyExists: the answer to the first try was lost.
  if (written || written.error().code() == ErrorCode::AlreadyExists) return;
  series_.forget(write.event);
  if (options_.onError) options_.onError(written.error());
}

}  // namespace tidewright::kube
