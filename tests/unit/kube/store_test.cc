#include "operator/kube/store.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Pod pod(std::string name, std::string version, std::string uid = "u", std::string owner = "rs") {
  Pod out;
  out.meta.ns = "default";
  out.meta.uid = uid == "u" ? "u-" + name : std::move(uid);
  out.meta.name = std::move(name);
  out.meta.resourceVersion = std::move(version);
  out.meta.owner.uid = std::move(owner);
  return out;
}

/// A store whose changes can be read as words: "+a", "~a", "-a"; "?" behind those that came from a list.
struct Watched {
  Store<Pod> store;
  std::vector<std::string> told;

  explicit Watched(Store<Pod>::Index extra = {}) : store(std::move(extra)) {
    store.subscribe([this](const Change<Pod>& change) {
      const char* kind = !change.before ? "+" : !change.after ? "-" : "~";
      told.push_back(kind + change.object().meta.name + (change.fromList ? "?" : ""));
    });
  }
};

TEST(Store, TellsWhatChanged) {
  Watched w;
  w.store.put(pod("a", "1"));
  w.store.put(pod("a", "2"));
  w.store.remove(pod("a", "3"));
  EXPECT_THAT(w.told, ElementsAre("+a", "~a", "-a"));
  EXPECT_EQ(w.store.get("default", "a"), nullptr);
}

TEST(Store, TheSameVersionAgainIsNoNews) {
  Watched w;
  w.store.put(pod("a", "1"));
  w.store.put(pod("a", "1"), true);
  EXPECT_THAT(w.told, ElementsAre("+a"));
}

TEST(Store, RemovingTheUnknownIsNoNews) {
  Watched w;
  w.store.remove(pod("a", "1"));
  EXPECT_THAT(w.told, IsEmpty());
}

TEST(Store, SubscribersSeeTheLastStateOfWhatWasDeleted) {
  Store<Pod> store;
  std::string last;
  store.subscribe([&](const Change<Pod>& c) { last = c.object().meta.resourceVersion; });
  store.put(pod("a", "1"));
  store.remove(pod("a", "9"));
  EXPECT_EQ(last, "9");
}

TEST(Store, ADeleteMissedDuringAnOutageBecomesOne) {
  Watched w;
  for (const char* name : {"a", "b", "c"}) w.store.put(pod(name, "1"));
  w.told.clear();
  w.store.beginReplace();
  w.store.put(pod("a", "1"), true);
  w.store.put(pod("c", "7"), true);
  w.store.put(pod("d", "8"), true);
  w.store.finishReplace();
  EXPECT_THAT(w.told, ElementsAre("~c?", "+d?", "-b?"));
  EXPECT_THAT(w.store.ownedBy("rs").size(), 3U);
}

TEST(Store, AnUnfinishedListLosesNothing) {
  Watched w;
  w.store.put(pod("a", "1"));
  w.store.put(pod("b", "1"));
  w.store.beginReplace();
  w.store.put(pod("a", "1"), true);
  w.store.beginReplace();
  w.store.put(pod("b", "1"), true);
  w.store.put(pod("a", "1"), true);
  w.store.finishReplace();
  EXPECT_THAT(w.told, ElementsAre("+a", "+b"));
}

TEST(Store, WhatCannotBeReadStaysAsItWas) {
  Watched w;
  w.store.put(pod("a", "1"));
  w.store.beginReplace();
  w.store.keep({"default", "a"});
  w.store.keep({"default", "unknown"});
  w.store.finishReplace();
  EXPECT_THAT(w.told, ElementsAre("+a"));
  EXPECT_EQ(w.store.size(), 1U);
}

TEST(Store, ANameUsedAgainIsADeleteAndAnAdd) {
  Watched w;
  w.store.put(pod("a", "1", "u1"));
  w.store.put(pod("a", "5", "u2"));
  EXPECT_THAT(w.told, ElementsAre("+a", "-a", "+a"));
  EXPECT_EQ(w.store.get("default", "a")->meta.uid, "u2");
}

TEST(Store, FindsByOwnerInTheOrderOfNames) {
  Store<Pod> store;
  store.put(pod("b", "1"));
  store.put(pod("a", "2"));
  store.put(pod("z", "3", "u", "other"));
  store.put(pod("orphan", "4", "u", ""));
  ASSERT_EQ(store.ownedBy("rs").size(), 2U);
  EXPECT_EQ(store.ownedBy("rs")[0]->meta.name, "a");
  EXPECT_THAT(store.ownedBy(""), IsEmpty());
  store.put(pod("a", "5", "u", "other"));
  EXPECT_EQ(store.ownedBy("rs").size(), 1U) << "an object that changed hands left its old owner";
  EXPECT_EQ(store.ownedBy("other").size(), 2U);
}

TEST(Store, FindsByTheExtraIndex) {
  Watched w([](const Pod& p) { return p.nodeName; });
  Pod placed = pod("a", "1");
  placed.nodeName = "n1";
  w.store.put(placed);
  w.store.put(pod("b", "1"));
  EXPECT_EQ(w.store.indexed("n1").size(), 1U);
  EXPECT_THAT(w.store.indexed(""), IsEmpty());
}

TEST(Store, SubscribersMayReadTheStore) {
  Store<Pod> store;
  bool found = false;
  store.subscribe([&](const Change<Pod>&) { found = store.get("default", "a") != nullptr; });
  store.put(pod("a", "1"));
  EXPECT_TRUE(found);
}

TEST(Store, ReadersSeeWholeObjectsWhileTheWriterWrites) {
  Store<Pod> store;
  store.put(pod("a", "0"));
  std::atomic<bool> torn = false;
  {
    const std::jthread reader([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const auto seen = store.get("default", "a");
        if (!seen || seen->meta.owner.uid != "rs" || store.ownedBy("rs").size() != 1) torn = true;
      }
    });
    for (int i = 1; i <= 2000; ++i) store.put(pod("a", std::to_string(i)));
  }
  EXPECT_FALSE(torn);
}

}  // namespace
}  // namespace tidewright::kube
