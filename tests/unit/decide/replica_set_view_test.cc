#include "operator/decide/replica_set_view.h"

#include <gtest/gtest.h>

namespace tidewright::decide {
namespace {

TEST(RevisionRecord, ComesBackFromItsAnnotations) {
  const RevisionRecord record{.fingerprint = "f",
                              .number = 7,
                              .sizedFor = SizedFor{4, 5},
                              .promotedAt = WallTime(std::chrono::microseconds(1'700'000'000'123'456)),
                              .failed = "Aborted: a command asked for it"};
  EXPECT_EQ(recordFrom(annotationsOf(record)), record);
  EXPECT_EQ(recordFrom(annotationsOf({})), RevisionRecord{});
}

TEST(RevisionRecord, LeavesOutWhatSomebodyElseWrote) {
  for (const char* text : {"", "4", "4/", "/5", "a/5", "4/b", "-4/5", "4/-5", "4x/5", "4/99999999999"}) {
    EXPECT_EQ(recordFrom({{std::string(kSizedForAnnotation), text}}).sizedFor, std::nullopt) << text;
  }
  for (const char* text : {"", "x", "-1", "1x", "99999999999999999999"}) {
    EXPECT_EQ(recordFrom({{std::string(kNumberAnnotation), text}}).number, 0) << text;
  }
  EXPECT_EQ(recordFrom({{std::string(kPromotedAtAnnotation), "yesterday"}}).promotedAt, std::nullopt);
}

}  // namespace
}  // namespace tidewright::decide
