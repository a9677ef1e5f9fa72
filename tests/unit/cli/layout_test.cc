#include "cli/layout.h"

#include <gtest/gtest.h>

#include "cli/screen.h"

namespace tidewright::cli {
namespace {

TEST(Layout, CountsCharactersAndNotBytes) {
  EXPECT_EQ(displayWidth("├─ web"), 6);
  EXPECT_EQ(cutTo("├─ web", 4), "├─ ~");
  EXPECT_EQ(cutTo("├─ web", 6), "├─ web");
  EXPECT_EQ(cutTo("as it is", 0), "as it is");
}

TEST(Layout, WrapsAtSpaces) {
  EXPECT_EQ(wrapped("one two three", "  ", 9), "  one two\n  three\n");
  EXPECT_EQ(wrapped("one two three", "  ", 0), "  one two three\n");
  EXPECT_EQ(wrapped("averylongword b", "", 5), "averylongword\nb\n");
}

TEST(Layout, ATableIsAsWideAsItMustBe) {
  EXPECT_EQ(table({{"NAME"}, {"PODS", true}, {"MARKS"}}, {{"a", "3", "stable"}, {"longer", "12"}}, 0),
            "NAME    PODS  MARKS\n"
            "a          3  stable\n"
            "longer    12\n");
  EXPECT_EQ(table({{"NAME"}, {"MARKS"}}, {{"a", "a long remark"}}, 10), "NAME  MAR~\na     a l~\n");
}

TEST(Screen, AFrameIsWrittenOverTheOneBefore) {
  EXPECT_EQ(frame("one\ntwo is long\n", {.columns = 6, .rows = 24}), "\x1b[Hone\x1b[K\ntwo i~\x1b[K\n\x1b[J");
}

TEST(Screen, AFrameNeverScrollsAndNeverClearsTheScreen) {
  const std::string written = frame("1\n2\n3\n4\n5\n", {.columns = 80, .rows = 3});
  EXPECT_EQ(written, "\x1b[H1\x1b[K\n2\x1b[K\n\x1b[J");
  EXPECT_EQ(written.find("\x1b[2J"), std::string::npos);
}

}  // namespace
}  // namespace tidewright::cli
