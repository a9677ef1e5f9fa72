// What libFuzzer would do, without clang: bodies near a good one, made by a fixed sequence of random numbers, so that a
// failure comes again. Worth most under the address and undefined-behaviour sanitizers.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <random>

#include <nlohmann/json.hpp>

#include "operator/prometheus/parse_answer.h"

namespace tidewright::prometheus {
namespace {

using namespace std::chrono_literals;

const WallTime kNow{1'700'000'000s};

const std::array<std::string, 8> kGood = {
    R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"app":"a"},"value":[1700000000.1,"1"]}]}})",
    R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"app":"a","x":"é"},"value":[1700000000,"1"]},{"metric":{"app":"b"},"value":[1700000000,"NaN"]}]}})",
    R"({"status":"success","data":{"resultType":"scalar","result":[1700000000,"+Inf"]}})",
    R"({"status":"success","data":{"resultType":"vector","result":[]},"warnings":["partial response","w"]})",
    R"({"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}})",
    R"({"status":"error","errorType":"bad_data","error":"parse error at char 3: \"é\""})",
    R"({"data":{"result":[{"value":[1700000000,"-0"],"metric":{}}],"resultType":"vector"},"status":"success"})",
    R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"1","buckets":[[0,"1","2","3"]]}]}]}})"};

/// What is put in: the words that matter, and the numbers at the edges.
const std::array<std::string, 24> kWords = {"\"status\"", "\"success\"", "\"data\"",   "\"result\"", "\"resultType\"",
                                            "\"vector\"", "\"scalar\"",  "\"metric\"", "\"value\"",  "[",
                                            "]",          "{",           "}",          ",",          ":",
                                            "1e308",      "-1e999",      "\"1e400\"",  "null",       "-9000000000",
                                            "8999999999", "\"\\ud800\"", "\xff",       "[[[["};

class Mutator {
 public:
  std::string next() {
    std::string text = kGood[below(kGood.size())];
    for (std::size_t times = 1 + below(3); times > 0; --times) change(text);
    return text;
  }
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_()) % end; }

 private:
  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1), length = below(12);
    switch (below(6)) {
      case 0:
        if (below(4) == 0) text.resize(at);
        break;
      case 1: text.erase(at, length); break;
      case 2: text.insert(at, kWords[below(kWords.size())]); break;
      case 3: text.insert(at, text.substr(below(text.size() + 1), length)); break;
      case 4:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 5: {
        const std::string& other = kGood[below(kGood.size())];
        text = text.substr(0, at) + other.substr(below(other.size()));
        break;
      }
    }
  }

  std::mt19937 random_{20261121};
};

bool isPlain(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c < 0x7f; });
}

TEST(ParseAnswer, OfAHundredThousandBrokenBodiesNoneIsTakenForANumberThatItIsNot) {
  Mutator mutator;
  const std::array<api::Query, 3> queries = {api::Query{}, api::Query{.select = {{"app", "a"}}},
                                             api::Query{.aggregate = api::Aggregate::Sum}};
  const auto began = std::chrono::steady_clock::now();
  int numbers = 0, refused = 0;
  for (int i = 0; i < 120'000; ++i) {
    const int status = mutator.below(10) == 0 ? 500 : 200;
    const std::string body = mutator.next();
    const Result<Answer> answer = parseAnswer({.status = status, .body = body}, kNow);
    if (!answer) {
      ++refused;
      const std::string& why = answer.error().message();
      ASSERT_TRUE(!why.empty() && why.size() < 800 && isPlain(why)) << body << "\n" << why;
      continue;
    }
    for (const api::Query& query : queries) {
      const api::Sample sample = readSample(*answer, query, kNow);
      const auto* number = std::get_if<api::Number>(&sample);
      if (number == nullptr) continue;
      ++numbers;
      ASSERT_TRUE(std::isfinite(number->value)) << body;
      ASSERT_EQ(status, 200);
      const nlohmann::json tree = nlohmann::json::parse(body, nullptr, false);
      ASSERT_TRUE(tree.is_object() && tree.contains("status") && tree["status"] == "success") << body;
    }
  }
  const auto took = std::chrono::steady_clock::now() - began;
  RecordProperty("milliseconds", static_cast<int>(took / 1ms));
  // Both kinds, or the mutations are too tame or too wild to prove anything.
  EXPECT_GT(numbers, 4'000);
  EXPECT_GT(refused, 50'000);
}

}  // namespace
}  // namespace tidewright::prometheus
