#include "operator/kube/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "operator/http/fake_transport.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::kube {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

Event scaled(const std::string& note = "from 3 to 5") {
  return {.regarding = {"tidewright.dev/v1alpha1", "ScaledApp", {"shop", "web"}, "u-1"},
          .reason = "ScaledUp",
          .action = "Scale",
          .note = note};
}

struct Series {
  FakeClock clock;
  EventSeries series;
  std::optional<EventWrite> happened(const Event& event) { return series.happened(event, clock.wall()); }
  std::vector<EventWrite> due(bool all = false) { return series.due(clock.wall(), all); }
};

TEST(EventSeriesOf, TheFirstIsWrittenAtOnceAndRepetitionsAreCounted) {
  Series s;
  const std::optional<EventWrite> first = s.happened(scaled());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->count, 1);
  EXPECT_EQ(first->name.ns, "shop");
  EXPECT_THAT(first->name.name, StartsWith("web."));
  for (int i = 0; i < 3; ++i) {
    s.clock.advance(10s);
    EXPECT_FALSE(s.happened(scaled()));
  }
  const std::vector<EventWrite> due = s.due();
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].count, 4);
  EXPECT_EQ(due[0].name, first->name);
  EXPECT_EQ(due[0].last - due[0].first, 30s);
  EXPECT_THAT(s.due(), IsEmpty()) << "nothing new to tell";
}

TEST(EventSeriesOf, CountsAreWrittenAtMostEveryHalfMinuteButAllAtTheEnd) {
  Series s;
  ASSERT_TRUE(s.happened(scaled()));
  ASSERT_FALSE(s.happened(scaled()));
  s.clock.advance(29s);
  EXPECT_THAT(s.due(), IsEmpty());
  EXPECT_THAT(s.due(true), SizeIs(1));
}

TEST(EventSeriesOf, OtherWordsAreAnotherEvent) {
  Series s;
  const auto a = s.happened(scaled("from 3 to 5"));
  const auto b = s.happened(scaled("from 5 to 7"));
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->name, b->name);
}

TEST(EventSeriesOf, AfterSixMinutesItIsANewEvent) {
  Series s;
  ASSERT_TRUE(s.happened(scaled()));
  s.clock.advance(6min - 1s);
  EXPECT_FALSE(s.happened(scaled()));
  s.clock.advance(6min);
  EXPECT_THAT(s.due(), SizeIs(1)) << "the last count is not lost";
  EXPECT_TRUE(s.happened(scaled()));
}

TEST(EventSeriesOf, AChatteringObjectIsCutShortAndOthersAreNot) {
  Series s;
  int written = 0;
  for (int i = 0; i < 100; ++i) written += s.happened(scaled(std::to_string(i))) ? 1 : 0;
  EXPECT_EQ(written, 25);
  Event other = scaled();
  other.regarding.uid = "u-2";
  EXPECT_TRUE(s.happened(other));
  s.clock.advance(60s);
  EXPECT_TRUE(s.happened(scaled("again")));
  EXPECT_FALSE(s.happened(scaled("and again")));
}

TEST(EventJson, IsWhatTheApiWants) {
  Event event = scaled(std::string(1022, 'x') + "\xc3\xa4\xc3\xa4");
  event.type = EventType::Warning;
  const WallTime t0 = FakeClock().wall();
  const Json json =
      toJson({.event = event, .name = {"shop", "web.1"}, .first = t0 + 1234567ns, .count = 3, .last = t0 + 2s},
             {.reportingController = "tidewright.dev/operator", .reportingInstance = "pod-1"});
  EXPECT_EQ(json["apiVersion"], "events.k8s.io/v1");
  EXPECT_EQ(json["eventTime"], "2026-11-21T00:00:00.001234Z");
  EXPECT_EQ(json["regarding"]["namespace"], "shop");
  EXPECT_EQ(json["type"], "Warning");
  EXPECT_EQ(json["series"], Json::parse(R"({"count": 3, "lastObservedTime": "2026-11-21T00:00:02.000000Z"})"));
  EXPECT_EQ(json["note"], std::string(1021, 'x') + "...") << "cut, and no half of a character";
}

struct Recording {
  explicit Recording(http::FakeTransport::Handler handler) : transport(std::move(handler)) {}
  FakeClock clock;
  http::FakeTransport transport;
  Client client{transport, {.fieldManager = "tidewright"}};
  std::vector<Error> errors;
  EventOptions options(std::chrono::milliseconds farewell = 5s) {
    return {.reportingController = "c",
            .reportingInstance = "i",
            .onError = [this](const Error& error) { errors.push_back(error); },
            .farewell = farewell};
  }
};
Result<http::FakeAnswer> accept(const http::Request&) {
  return http::FakeAnswer{.response = {.status = 201, .body = "{}"}};
}

TEST(EventRecorder, TheEndWritesWhatWaits) {
  Recording r(accept);
  {
    EventRecorder recorder(r.client, r.options(), r.clock);
    for (int i = 0; i < 5; ++i) recorder.record(scaled());
  }
  const std::vector<http::Request> requests = r.transport.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_THAT(requests[0].target, HasSubstr("/apis/events.k8s.io/v1/namespaces/shop/events"));
  EXPECT_EQ(requests[1].method, "PATCH");
  EXPECT_EQ(Json::parse(requests[1].body)["series"]["count"], 5);
  EXPECT_THAT(r.errors, IsEmpty());
}

TEST(EventRecorder, RecordingAndTheEndDoNotWaitForAServerThatIsSilent) {
  Recording r([](const http::Request&) { return http::FakeAnswer{.stayOpen = true}; });
  EventRecorder* observed = nullptr;
  {
    EventRecorder recorder(r.client, r.options(1ms), r.clock);
    observed = &recorder;
    for (int i = 0; i < 8000; ++i) recorder.record(scaled(std::to_string(i)));
    EXPECT_GE(observed->dropped(), 1000U);
  }
}

TEST(EventRecorder, ManyAtOnceAreWrittenAtAPaceAndTheRestAtTheEnd) {
  std::atomic<int> written = 0;
  Recording r([&](const http::Request& request) {
    ++written;
    return accept(request);
  });
  EventOptions options = r.options();
  options.aSecond = 2;
  options.atOnce = 3;
  const auto reached = [&](int count) {
    for (int i = 0; i < 500 && written < count; ++i) std::this_thread::sleep_for(10ms);
    std::this_thread::sleep_for(120ms);
    return written.load();
  };
  {
    EventRecorder recorder(r.client, options, r.clock);
    for (int i = 0; i < 9; ++i) {
      Event event = scaled();
      event.regarding.key.name = std::to_string(i);
      recorder.record(event);
    }
    EXPECT_EQ(reached(3), 3);
    r.clock.advance(1s);
    EXPECT_EQ(reached(5), 5);
  }
  EXPECT_EQ(written, 9);
}

/// A recorder whose server takes the first event, and answers when it ends.
struct HeldUp {
  std::promise<void> begun, go;
  int calls = 0;
  Recording r{[this](const http::Request& request) {
    if (++calls == 1) {
      begun.set_value();
      go.get_future().wait();
    }
    return accept(request);
  }};
  std::optional<EventRecorder> recorder{std::in_place, r.client, r.options(), r.clock};

  HeldUp() {
    tell("first");
    begun.get_future().wait();
  }
  void tell(const std::string& name, EventType type = EventType::Normal) {
    Event event = scaled();
    event.regarding.key.name = name;
    event.type = type;
    recorder->record(event);
  }
  /// What is new to the server in the end, in order.
  std::vector<std::string> told() {
    go.set_value();
    recorder.reset();
    std::vector<std::string> names;
    for (const http::Request& request : r.transport.requests()) {
      if (request.method == "POST") names.push_back(Json::parse(request.body)["regarding"]["name"]);
    }
    return names;
  }
};

TEST(EventRecorder, WarningsComeFirst) {
  HeldUp h;
  h.tell("second");
  h.tell("wrong", EventType::Warning);
  h.tell("also-wrong", EventType::Warning);
  EXPECT_THAT(h.told(), ElementsAre("first", "wrong", "also-wrong", "second"));
}

TEST(EventRecorder, WhereTooManyWaitAWarningTakesThePlaceOfTheNewest) {
  HeldUp h;
  for (int i = 0; i < 4999; ++i) h.tell("second");
  h.tell("last");
  h.tell("too-late");
  h.tell("wrong", EventType::Warning);
  EXPECT_EQ(h.recorder->dropped(), 2U);
  EXPECT_THAT(h.told(), ElementsAre("first", "wrong", "second"));
}

TEST(EventRecorder, WhereTooManyWarningsWaitTheNewestIsDropped) {
  HeldUp h;
  for (int i = 0; i < 5000; ++i) h.tell("wrong", EventType::Warning);
  h.tell("too-late", EventType::Warning);
  EXPECT_EQ(h.recorder->dropped(), 1U);
  EXPECT_THAT(h.told(), ElementsAre("first", "wrong"));
}

TEST(EventRecorder, ARefusedEventIsToldAndTriedAnewNextTime) {
  std::promise<void> refused;
  int calls = 0;
  Recording r([&](const http::Request& request) -> Result<http::FakeAnswer> {
    return ++calls == 1 ? http::FakeAnswer{.response = {.status = 403, .body = "no"}} : *accept(request);
  });
  EventOptions options = r.options();
  options.onError = [&](const Error& error) {
    r.errors.push_back(error);
    refused.set_value();
  };
  {
    EventRecorder recorder(r.client, options, r.clock);
    recorder.record(scaled());
    refused.get_future().wait();
    recorder.record(scaled());
  }
  EXPECT_THAT(r.errors, SizeIs(1));
  const auto requests = r.transport.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[1].method, "POST");
}

}  // namespace
}  // namespace tidewright::kube
