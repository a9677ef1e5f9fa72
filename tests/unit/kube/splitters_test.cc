#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/kube/line_splitter.h"
#include "operator/kube/list_splitter.h"

namespace tidewright::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Writes `text` in pieces of `size` bytes.
Result<void> feed(http::ByteSink& sink, std::string_view text, std::size_t size) {
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    if (Result<void> written = sink.write(text.substr(0, size)); !written) return written;
  }
  return {};
}

std::vector<std::string> lines(std::string_view text, std::size_t size) {
  std::vector<std::string> out;
  LineSplitter splitter([&](std::string_view line) -> Result<void> {
    out.emplace_back(line);
    return {};
  });
  EXPECT_TRUE(feed(splitter, text, size));
  return out;
}

TEST(LineSplitter, FindsTheSameLinesInPiecesOfAnySize) {
  for (std::size_t size = 1; size < 20; ++size) {
    EXPECT_THAT(lines("one\n\ntwo\r\nthree\nunfinished", size), ElementsAre("one", "two", "three")) << size;
  }
}

TEST(LineSplitter, CarriesALineOfSeveralMegabytes) {
  const std::string big(5'000'000, 'x');
  EXPECT_THAT(lines(big + "\nnext\n", 65'536), ElementsAre(big, "next"));
}

TEST(LineSplitter, RefusesALineWithoutEnd) {
  LineSplitter splitter([](std::string_view) -> Result<void> { return {}; }, 100);
  EXPECT_TRUE(splitter.write(std::string(100, 'x')));
  const Result<void> more = splitter.write("x");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code(), ErrorCode::Invalid);
}

TEST(LineSplitter, StopsWhereTheConsumerFails) {
  int calls = 0;
  LineSplitter splitter([&](std::string_view) -> Result<void> {
    ++calls;
    return fail(ErrorCode::Gone, "410");
  });
  EXPECT_FALSE(splitter.write("a\nb\n"));
  EXPECT_EQ(calls, 1);
}

struct Split {
  std::vector<std::string> items;
  Result<ListSplitter::ListMeta> meta = fail(ErrorCode::Internal, "");
};

Split split(std::string_view text, std::size_t size) {
  Split out;
  ListSplitter splitter([&](std::string_view item) -> Result<void> {
    out.items.emplace_back(item);
    return {};
  });
  if (const Result<void> fed = feed(splitter, text, size); !fed) {
    out.meta = fail(fed.error());
  } else {
    out.meta = splitter.finish();
  }
  return out;
}

TEST(ListSplitter, CutsOutItemsAndMetadataInPiecesOfAnySize) {
  constexpr std::string_view kList =
      R"({"kind":"PodList","metadata":{"resourceVersion":"42","continue":"to\"ken"},
         "items":[{"a":"}]\"{","items":[{"x":1}]}, {"metadata":{"name":"b"}}, {}]})"
      "\n";
  for (std::size_t size = 1; size < 60; ++size) {
    const Split got = split(kList, size);
    ASSERT_TRUE(got.meta) << size << got.meta.error().message();
    EXPECT_EQ(got.meta->resourceVersion, "42");
    EXPECT_EQ(got.meta->next, "to\"ken");
    EXPECT_THAT(got.items, ElementsAre(R"({"a":"}]\"{","items":[{"x":1}]})", R"({"metadata":{"name":"b"}})", "{}"));
  }
}

TEST(ListSplitter, TheOrderOfTheFieldsDoesNotMatter) {
  const Split got = split(R"({"items":[{"n":1}],"other":{"items":[{"n":2}]},"metadata":{"resourceVersion":"7"}})", 3);
  EXPECT_THAT(got.items, ElementsAre(R"({"n":1})"));
  ASSERT_TRUE(got.meta);
  EXPECT_EQ(got.meta->resourceVersion, "7");
  EXPECT_EQ(got.meta->next, "");
}

TEST(ListSplitter, AnEmptyListMayBeNull) {
  const Split got = split(R"({"metadata":{"resourceVersion":"7"},"items":null})", 100);
  EXPECT_TRUE(got.meta);
  EXPECT_THAT(got.items, IsEmpty());
}

TEST(ListSplitter, AListCutShortIsNoList) {
  constexpr std::string_view kList = R"({"metadata":{"resourceVersion":"7"},"items":[{"n":1},{"n":2}]})";
  for (std::size_t length = 0; length < kList.size(); ++length) {
    const Split got = split(kList.substr(0, length), 5);
    ASSERT_FALSE(got.meta) << length;
    EXPECT_EQ(got.meta.error().code(), ErrorCode::Unavailable);
  }
}

TEST(ListSplitter, RefusesWhatIsNoList) {
  for (const char* bad :
       {"<html>", "}", R"({"kind":"Status"})", R"({"metadata":{}})", R"({"metadata":{"resourceVersion":"1"}}})"}) {
    EXPECT_FALSE(split(bad, 100).meta) << bad;
  }
}

TEST(ListSplitter, AHugeItemIsRefusedInAndOutsideOfStrings) {
  for (const std::string& filling : {std::string(200, '1'), '"' + std::string(200, 'x') + '"'}) {
    ListSplitter splitter([](std::string_view) -> Result<void> { return {}; }, 100);
    const Result<void> fed = feed(splitter, R"({"items":[{"a":)" + filling + "}]}", 7);
    ASSERT_FALSE(fed);
    EXPECT_THAT(fed.error().message(), HasSubstr("more than 100 bytes"));
  }
}

}  // namespace
}  // namespace tidewright::kube
