#include <malloc.h>

#include <gtest/gtest.h>

#include "operator/http/fake_transport.h"
#include "operator/kube/queue.h"
#include "operator/kube/reflector.h"
#include "tests/unit/kube/fake_clock.h"

namespace tidewright::kube {
namespace {

/// `count` changes of the same hundred pods, of which one in ten is deleted and comes back under a new uid.
Result<void> churn(http::ByteSink& sink, int count, std::int64_t& version) {
  for (int i = 0; i < count; ++i) {
    const int which = i % 100;
    ++version;
    const char* type = version % 10 == 0 ? "DELETED" : "MODIFIED";
    const std::string event = fmt::format(
        R"({{"type":"{}","object":{{"metadata":{{"namespace":"d","name":"a-pod-with-a-name-{}","uid":"uid-{}",)"
        R"("resourceVersion":"{}","ownerReferences":[{{"controller":true,"uid":"owner-{}"}}]}}}}}})"
        "\n",
        type, which, version / 10, version, version % 7);
    if (Result<void> written = sink.write(event); !written) return written;
  }
  return {};
}

TEST(Memory, StaysLevelHoweverManyEvents) {
  FakeClock clock;
  Queue queue(clock);
  Store<Pod> store([](const Pod& pod) { return pod.meta.name; });
  store.subscribe([&](const Change<Pod>& change) {
    queue.add(change.object().meta.key());
    while (const auto taken = queue.tryTake()) queue.done(taken->key);
  });
  StoreFeed<Pod> feed(store, podParser());
  std::int64_t version = 0;
  std::vector<std::size_t> used;
  http::FakeTransport transport([&](const http::Request&) -> Result<http::FakeAnswer> {
    return http::FakeAnswer{.live = [&](http::ByteSink& sink, const std::stop_token&) -> Result<void> {
      for (int i = 0; i < 3; ++i) {
        if (Result<void> fed = churn(sink, 10'000, version); !fed) return fed;
        used.push_back(mallinfo2().uordblks);
      }
      return {};
    }};
  });
  Reflector reflector(transport, feed, clock, {.path = "/api/v1/pods"});
  reflector.step({});
  ASSERT_EQ(used.size(), 3U);
  EXPECT_LE(store.size(), 100U);
  EXPECT_LT(used[2], used[0] + 20'000) << "twenty thousand more events, not a byte each";
}

}  // namespace
}  // namespace tidewright::kube
