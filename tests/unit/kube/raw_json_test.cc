#include "operator/kube/raw_json.h"

#include <gtest/gtest.h>

namespace tidewright::kube::raw {
namespace {

TEST(RawJson, TakesOneValueOfAnyKind) {
  for (const char* value : {R"("a\"b,}")", R"({"a":["}"],"b":{}})", "[1,[2]]", "true", "null", "-1.5e3", "{}"}) {
    const std::string text = std::string("  ") + value + ", rest";
    std::string_view rest = text;
    EXPECT_EQ(takeValue(rest), value);
    EXPECT_EQ(rest, ", rest");
  }
}

TEST(RawJson, AValueThatIsCutOffIsNone) {
  for (const char* value : {R"("a)", R"("a\")", R"({"a":1)", R"({"a":"})", "[", ""}) {
    std::string_view rest = value;
    EXPECT_EQ(takeValue(rest), "") << value;
    EXPECT_EQ(rest, value);
  }
}

TEST(RawJson, GivesAnObjectsFields) {
  const auto fields = fieldsOf(R"( { "a" : {"x":1} , "b\"":"}" ,"c":3} )");
  ASSERT_TRUE(fields);
  ASSERT_EQ(fields->size(), 3U);
  EXPECT_EQ((*fields)[0].value, R"({"x":1})");
  EXPECT_EQ((*fields)[1].name, R"(b\")");
  EXPECT_EQ((*fields)[2].value, "3");
  EXPECT_TRUE(fieldsOf("{}")->empty());
  for (const char* none :
       {"", "[]", "{", R"({"a"})", R"({"a":})", R"({"a":1)", R"({"a":1} x)", R"({"a":1,})", "{a:1}"}) {
    EXPECT_FALSE(fieldsOf(none)) << none;
  }
}

TEST(RawJson, CutsAFieldOut) {
  const std::string_view object = R"({"a":1,"b":{"a":2},"c":[3]})";
  EXPECT_EQ(cutOut(object, "b").rest, R"({"a":1,"c":[3]})");
  EXPECT_EQ(cutOut(object, "b").part, R"({"a":2})");
  EXPECT_EQ(cutOut(object, "a").rest, R"({"b":{"a":2},"c":[3]})");
  EXPECT_EQ(cutOut(object, "none").rest, object);
  EXPECT_EQ(cutOut(object, "none").part, "null");
  EXPECT_EQ(cutOut("", "a").rest, "null");
  EXPECT_EQ(cutOut("[1]", "a").rest, "[1]");
}

}  // namespace
}  // namespace tidewright::kube::raw
