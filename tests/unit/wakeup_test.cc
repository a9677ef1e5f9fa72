#include "operator/wakeup.h"

#include <gtest/gtest.h>

#include <thread>

namespace tidewright {
namespace {

using namespace std::chrono_literals;

struct Sleeper {
  bool sleep(const std::stop_token& stop, std::optional<MonoTime> deadline = {}) {
    std::unique_lock lock(mutex);
    return wakeup.wait(lock, stop, deadline, [this] { return ready; });
  }
  void rouse() {
    {
      const std::lock_guard lock(mutex);
      ready = true;
    }
    wakeup.notifyOne();
  }
  std::mutex mutex;
  Wakeup wakeup;
  bool ready = false;
};

TEST(Wakeup, EndsWithWhatItWaitsFor) {
  Sleeper sleeper;
  std::jthread other([&] { sleeper.rouse(); });
  EXPECT_TRUE(sleeper.sleep({}));
}

TEST(Wakeup, EndsAtItsDeadline) {
  Sleeper sleeper;
  const MonoTime deadline = std::chrono::steady_clock::now() + 20ms;
  EXPECT_FALSE(sleeper.sleep({}, deadline));
  EXPECT_GE(std::chrono::steady_clock::now(), deadline);
}

TEST(Wakeup, EndsWithAStopThatCameBefore) {
  Sleeper sleeper;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(sleeper.sleep(stop.get_token()));
}

TEST(Wakeup, EndsWithAStopWheneverItComes) {
  for (int i = 0; i < 2000; ++i) {
    Sleeper sleeper;
    std::stop_source stop;
    std::jthread other([&] { stop.request_stop(); });
    EXPECT_FALSE(sleeper.sleep(stop.get_token()));
  }
}

}  // namespace
}  // namespace tidewright
