#include "operator/control/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/unit/kube/fake_clock.h"

namespace tidewright::control {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct Cluster {
  Result<SecretData> get(const char* name = "token") {
    const auto data = secrets.get({"shop", name}, {});
    if (!data) return fail(data.error());
    return **data;
  }

  FakeClock clock;
  Result<kube::Json> answer = kube::Json{{"data", {{"token", "c2VjcmV0"}}}};
  int reads = 0;
  Secrets secrets{[this](const kube::ObjectKey&, const std::stop_token&) {
                    ++reads;
                    return answer;
                  },
                  clock};
};

TEST(Secrets, AreDecodedAndReadOnceAMinute) {
  Cluster c;
  EXPECT_EQ(c.get(), (SecretData{{"token", "secret"}}));
  c.clock.advance(59s);
  EXPECT_TRUE(c.get());
  EXPECT_EQ(c.reads, 1);
  c.clock.advance(1s);
  c.answer = kube::Json{{"data", {{"token", "bmV3"}}}};
  EXPECT_EQ(c.get(), (SecretData{{"token", "new"}}));
  EXPECT_EQ(c.reads, 2);
}

TEST(Secrets, ADoubtedOneIsReadAgainSoonButNotAtOnce) {
  Cluster c;
  EXPECT_TRUE(c.get());
  c.secrets.doubt({"shop", "token"});
  c.clock.advance(4s);
  EXPECT_TRUE(c.get());
  EXPECT_EQ(c.reads, 1) << "a server that refuses for ever must not load the API server";
  c.clock.advance(1s);
  EXPECT_TRUE(c.get());
  EXPECT_EQ(c.reads, 2);
  c.clock.advance(5s);
  EXPECT_TRUE(c.get());
  EXPECT_EQ(c.reads, 2) << "read anew, it is no longer in doubt";
}

TEST(Secrets, OneThatIsNotThereIsLookedForAgainSoon) {
  Cluster c;
  c.answer = fail(ErrorCode::NotFound, "secrets \"token\" not found");
  EXPECT_EQ(c.get().error().message(), "Secret token in namespace shop does not exist");
  c.clock.advance(4s);
  EXPECT_FALSE(c.get());
  EXPECT_EQ(c.reads, 1);
  c.clock.advance(1s);
  c.answer = kube::Json{{"data", {{"token", "bmV3"}}}};
  EXPECT_TRUE(c.get());
}

TEST(Secrets, WithoutTheRightToReadTheSentenceSaysHowToGiveIt) {
  Cluster c;
  c.answer = fail(ErrorCode::Forbidden, "forbidden");
  EXPECT_THAT(c.get().error().message(), HasSubstr("Secret token in namespace shop may not be read"));
  EXPECT_THAT(c.get().error().message(), HasSubstr("rbac.readSecrets=true"));
}

TEST(Secrets, WhatWasReadCountsWhileTheApiServerIsSilentButNotOnceItIsGone) {
  Cluster c;
  EXPECT_TRUE(c.get());
  c.clock.advance(60s);
  c.answer = fail(ErrorCode::Unavailable, "connection refused");
  EXPECT_EQ(c.get(), (SecretData{{"token", "secret"}}));
  c.clock.advance(60s);
  c.answer = fail(ErrorCode::NotFound, "not found");
  EXPECT_FALSE(c.get());
}

TEST(Secrets, UnreadableDataNamesTheKeyAndNotTheContent) {
  Cluster c;
  c.answer = kube::Json{{"data", {{"token", "hunter2!"}}}};
  EXPECT_THAT(c.get().error().message(), HasSubstr("Secret token in namespace shop, key token: "));
  EXPECT_THAT(c.get().error().message(), testing::Not(HasSubstr("hunter2")));
}

TEST(Secrets, ManyThreadsShareOneRead) {
  const SystemClock clock;
  std::atomic<int> reads = 0, waiting = 0;
  Secrets secrets(
      [&](const kube::ObjectKey&, const std::stop_token&) -> Result<kube::Json> {
        ++reads;
        while (waiting < 8) std::this_thread::yield();
        return kube::Json{{"data", {{"token", "c2VjcmV0"}}}};
      },
      clock);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        ++waiting;
        EXPECT_TRUE(secrets.get({"shop", "token"}, {}));
      });
    }
  }
  EXPECT_EQ(reads, 1);
}

}  // namespace
}  // namespace tidewright::control
