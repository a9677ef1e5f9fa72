#include "operator/api/template_revision.h"

#include <gtest/gtest.h>

#include "operator/api/int_or_percent.h"
#include "operator/timestamp.h"

namespace tidewright::api {
namespace {

using nlohmann::json;

const json kTemplate = json::parse(R"({"metadata": {"labels": {"a": ""}}, "spec": {"containers": [{"name": "web"}]}})");

Revision of(const char* text) { return revisionOf({.podTemplate = json::parse(text)}); }

TEST(Revision, IsTenSafeCharacters) {
  const Revision revision = revisionOf({.podTemplate = kTemplate});
  EXPECT_EQ(revision.hash.size(), 10U);
  EXPECT_EQ(revision.hash.find_first_not_of("bcdfghjklmnpqrstvwxz2456789"), std::string::npos);
  EXPECT_EQ(revision.fingerprint.size(), 16U);
}

TEST(Revision, IgnoresWhatSaysNothing) {
  const Revision bare = of(R"({"spec": {"containers": [{"name": "web"}]}})");
  EXPECT_EQ(
      bare,
      of(R"({"metadata": {"creationTimestamp": null}, "spec": {"volumes": [], "containers": [{"name": "web", "resources": {}}]}})"));
  EXPECT_EQ(bare, of(R"({"spec": {"containers": [{"env": [], "name": "web"}]}, "metadata": {"labels": {}}})"));
}

TEST(Revision, SeesWhatTheUserWrote) {
  const Revision revision = revisionOf({.podTemplate = kTemplate});
  EXPECT_NE(revision.hash, of(R"({"spec": {"containers": [{"name": "web"}]}})").hash) << "an empty label is a label";
  EXPECT_NE(revision.hash, revisionOf({.podTemplate = kTemplate, .restartAt = WallTime{}}).hash);
  EXPECT_NE(revision.hash, revisionOf({.podTemplate = kTemplate, .configHash = "c"}).hash);
  EXPECT_NE(revision.hash, revisionOf({.podTemplate = kTemplate, .shard = "c"}).hash);
}

TEST(Revision, ACollisionGetsAnotherNameAndKeepsItsFingerprint) {
  const RevisionSource source{.podTemplate = kTemplate};
  EXPECT_NE(revisionOf(source, 1).hash, revisionOf(source).hash);
  EXPECT_EQ(revisionOf(source, 1).fingerprint, revisionOf(source).fingerprint);
}

TEST(Fnv1a, HasItsPublishedValues) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8ULL);
}

TEST(Timestamp, ReadsOffsetsAndFractionsAndWritesUtc) {
  EXPECT_EQ(formatTimestamp(*parseTimestamp("2026-01-31T10:00:00.5+02:00")), "2026-01-31T08:00:00Z");
  EXPECT_EQ(formatMicroTime(*parseTimestamp("2026-01-31T08:00:00.25Z")), "2026-01-31T08:00:00.250000Z");
  for (const char* wrong : {"", "2026-01-31", "2026-01-31T08:00:00", "2026-13-31T08:00:00Z", "2026-01-31T08:00:00Z!"}) {
    EXPECT_FALSE(parseTimestamp(wrong)) << wrong;
  }
}

TEST(IntOrPercent, ReadsNumbersAndPercentages) {
  EXPECT_EQ(*parseIntOrPercent(3), (IntOrPercent{3, false}));
  EXPECT_EQ(*parseIntOrPercent("3"), (IntOrPercent{3, false}));
  EXPECT_EQ(*parseIntOrPercent("25%"), (IntOrPercent{25, true}));
  for (const json& wrong : {json(-1), json(1.5), json("-1%"), json("%"), json("1 %"), json(true), json(4294967296)}) {
    EXPECT_FALSE(parseIntOrPercent(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace tidewright::api
