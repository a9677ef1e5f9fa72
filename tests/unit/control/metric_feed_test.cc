#include "operator/control/metric_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/kube/fake_clock.h"

namespace tidewright::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// Counts who is subscribed to what.
struct FakeMetricSource final : prometheus::MetricSource {
  struct Handle final : prometheus::Subscription {
    Handle(FakeMetricSource& s, std::string q) : source(s), query(std::move(q)) {
      ++source.begun, ++source.held[query];
    }
    ~Handle() override {
      if (--source.held[query] == 0) source.held.erase(query);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    FakeMetricSource& source;
    std::string query;
  };
  std::unique_ptr<prometheus::Subscription> subscribe(const api::Query& query, std::chrono::seconds,
                                                      std::function<void()>) override {
    return std::make_unique<Handle>(*this, query.query);
  }
  [[nodiscard]] prometheus::Reading read(const api::Query&) const override { return {.sample = api::Unknown{"?"}}; }

  int begun = 0;
  std::map<std::string, int> held;
};

TEST(MetricFeed, KeepsWhatIsStillWanted) {
  FakeMetricSource source;
  FakeClock clock;
  kube::Queue queue(clock);
  MetricFeed feed(source, queue);
  const AskedQuery a{{.query = "a"}, 15s}, b{{.query = "b"}, 30s};
  feed.want({"shop", "web"}, {a, a});
  feed.want({"shop", "web"}, {a, b});
  feed.want({"shop", "other"}, {b});
  EXPECT_EQ(source.begun, 2) << "what two apps want is subscribed to once";
  EXPECT_THAT(source.held, ElementsAre(std::pair("a", 1), std::pair("b", 1)));
  feed.want({"shop", "web"}, {});
  EXPECT_THAT(source.held, ElementsAre(std::pair("b", 1)));
  EXPECT_FALSE(feed.read(a.query)) << "nobody has answered yet";
}

/// Asks the feed for something else while it is asked, as a source may that has an answer at once.
struct ReentrantSource final : prometheus::MetricSource {
  std::unique_ptr<prometheus::Subscription> subscribe(const api::Query& query, std::chrono::seconds,
                                                      std::function<void()>) override {
    if (query.query == "outer") feed->want({"shop", "other"}, {{{.query = "inner"}, 15s}});
    ++begun;
    return std::make_unique<prometheus::Subscription>();
  }
  [[nodiscard]] prometheus::Reading read(const api::Query&) const override { return {.sample = api::Unknown{"?"}}; }

  MetricFeed* feed = nullptr;
  int begun = 0;
};

TEST(MetricFeed, CallsNobodyWhileItHoldsItsLock) {
  ReentrantSource source;
  FakeClock clock;
  kube::Queue queue(clock);
  MetricFeed feed(source, queue);
  source.feed = &feed;
  feed.want({"shop", "web"}, {{{.query = "outer"}, 15s}});
  EXPECT_EQ(source.begun, 2);
}

}  // namespace
}  // namespace tidewright::control
