#include "operator/kube/watch_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidewright::kube {
namespace {

TEST(WatchEvent, OpensTheEnvelope) {
  const auto event = parseWatchEvent(R"({"type":"MODIFIED","object":{"a":"}\"","b":[{}]}})");
  ASSERT_TRUE(event) << event.error().message();
  EXPECT_EQ(event->type, WatchEventType::Modified);
  EXPECT_EQ(event->object, R"({"a":"}\"","b":[{}]})");
}

TEST(WatchEvent, TheOrderOfTheFieldsAndSpaceDoNotMatter) {
  const auto event = parseWatchEvent(R"( { "object" : {} , "type" : "DELETED" } )");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, WatchEventType::Deleted);
}

TEST(WatchEvent, AnErrorInsideA200Is410) {
  const auto event = parseWatchEvent(
      R"x({"type":"ERROR","object":{"kind":"Status","message":"too old resource version: 1 (2)","code":410}})x");
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code(), ErrorCode::Gone);
  EXPECT_THAT(event.error().message(), testing::HasSubstr("too old resource version"));
}

TEST(WatchEvent, OtherErrorsKeepTheirKind) {
  const auto event = parseWatchEvent(R"({"type":"ERROR","object":{"kind":"Status","code":500,"message":"boom"}})");
  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().code(), ErrorCode::Unavailable);
}

TEST(WatchEvent, RefusesWhatIsNoEvent) {
  for (const char* bad :
       {"", "{}", "null", R"({"type":"ADDED"})", R"({"type":"ADDED","object":{})", R"({"type":"ADDED","object":[]})",
        R"({"type":"ADDED","object":{}}x)", R"({"type":"NEW","object":{}})", R"({"type":1,"object":{}})",
        R"({"type":"ADDED","object":"\)"}) {
    const auto event = parseWatchEvent(bad);
    ASSERT_FALSE(event) << bad;
    EXPECT_EQ(event.error().code(), ErrorCode::Invalid) << bad;
  }
}

TEST(Bookmark, SaysHowFarAndWhetherTheBeginningIsOver) {
  const auto plain = parseBookmark(R"({"kind":"Pod","metadata":{"resourceVersion":"9","creationTimestamp":null}})");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->resourceVersion, "9");
  EXPECT_FALSE(plain->initialEventsEnd);
  const auto end =
      parseBookmark(R"({"metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}})");
  EXPECT_TRUE(end->initialEventsEnd);
  EXPECT_FALSE(parseBookmark("{}"));
}

}  // namespace
}  // namespace tidewright::kube
