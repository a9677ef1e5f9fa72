#include "simulate/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "simulate/buckets.h"
#include "simulate/comparison.h"
#include "simulate/svg.h"

namespace tidewright::simulate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const WallTime t0{1'700'000'000s};

/// The load needs so many pods, and so many were asked for, all of them ready at once.
Run runOf(const std::vector<std::pair<double, int32_t>>& ticks) {
  Run run{.start = ticks.front().second, .metrics = {"rps"}};
  WallTime now = t0;
  for (const auto& [needed, desired] : ticks) {
    run.ticks.push_back({.at = now, .values = {needed * 100}, .ready = desired, .desired = desired, .needed = needed});
    now += run.poll;
  }
  return run;
}

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::size_t columnsOf(const std::string& line) {
  return static_cast<std::size_t>(std::ranges::count_if(line, [](unsigned char c) { return (c & 0xC0U) != 0x80; }));
}

TEST(Chart, IsEightyColumnsWide) {
  std::vector<std::pair<double, int32_t>> ticks;
  for (int i = 0; i < 5000; ++i) ticks.emplace_back(i % 700 * 1e6, i % 700);
  for (const auto& run : {runOf(ticks), runOf({{1, 1}}), runOf({{0, 0}, {20, 20}})}) {
    for (const std::string& line : linesOf(renderChart(run, {"a_metric_with_a_long_name", 100}))) {
      EXPECT_LE(columnsOf(line), 80U) << line;
    }
  }
}

TEST(Chart, ShowsTheLoadUnderTheLineAndWhatRisesAboveIt) {
  const std::string chart = renderChart(runOf({{3, 5}, {8, 5}}), {"rps", 100});
  const std::vector<std::string> lines = linesOf(chart);
  // 14 rows of one pod each, under the heading: the row of the n-th pod is 15 - n.
  EXPECT_THAT(lines[15 - 8], HasSubstr("┤" + std::string(30, ' ') + "█")) << chart;
  EXPECT_THAT(lines[15 - 9], Not(HasSubstr("█"))) << chart;
  EXPECT_THAT(lines[15 - 5], HasSubstr("━█")) << chart;
  EXPECT_THAT(lines[15 - 3], HasSubstr("░░")) << chart;
  EXPECT_THAT(lines[1], testing::AllOf(HasSubstr("14┤"), HasSubstr("├1400"))) << chart;
  EXPECT_THAT(chart, HasSubstr("2023-11-14T22:13:20Z"));
}

TEST(Chart, NoPodsAtAllAreALineOnTheFloor) {
  EXPECT_THAT(linesOf(renderChart(runOf({{0, 0}}), {}))[14], HasSubstr("_____"));
}

TEST(Chart, OfNothingSaysSo) { EXPECT_EQ(renderChart({}, {}), "nothing to show\n"); }

TEST(Buckets, KeepTheExtremesOfTheirTicks) {
  const std::vector<Bucket> buckets = bucketsOf(runOf({{1, 2}, {9, 7}, {1, 3}, {2, 3}, {3, 3}}), 2);
  ASSERT_EQ(buckets.size(), 2U);
  EXPECT_EQ(buckets[0].fewest, 2);
  EXPECT_EQ(buckets[0].most, 7);
  EXPECT_EQ(buckets[0].needed, 9);
  EXPECT_TRUE(buckets[0].underCapacity);
  EXPECT_FALSE(buckets[1].underCapacity);
  EXPECT_EQ(buckets[1].from, t0 + 45s);
}

TEST(Svg, IsWholeAndSmallAndEscapesNames) {
  std::vector<std::pair<double, int32_t>> ticks;
  for (int i = 0; i < 57'600; ++i) ticks.emplace_back(i % 97, i % 89);
  const auto a = runOf(ticks), b = runOf({{1, 1}, {2, 2}});
  const std::vector<NamedRun> runs{{"a<b>&\"c\".yaml", a}, {"other\x01", b}};
  const std::string svg = renderSvg(runs, {"rps", 100});
  EXPECT_TRUE(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n"));
  EXPECT_LT(svg.size(), 150'000U);
  EXPECT_THAT(svg, HasSubstr("replicas: a&lt;b&gt;&amp;&quot;c&quot;.yaml<"));
  EXPECT_THAT(svg, Not(HasSubstr("\x01")));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_TRUE(renderSvg({}, {}).ends_with("</svg>\n"));
}

TEST(Comparison, SaysWhatTheSecondChanges) {
  const Summary a{.time = 24h, .podHours = 100, .underCapacity = 135s, .changes = 45, .fewest = 2, .most = 9};
  Summary b = a;
  b.podHours = 90;
  b.underCapacity = 1h;
  b.changes = 50;
  const std::string table = renderComparison("a.yaml", a, "b.yaml", b);
  for (const std::string& line : linesOf(table)) EXPECT_LE(line.size(), 80U);
  EXPECT_THAT(table, HasSubstr("-10.0 %"));
  EXPECT_THAT(table, HasSubstr("+57m 45s"));
  EXPECT_THAT(table, HasSubstr("+5"));
  EXPECT_THAT(renderSummary(a), HasSubstr("under capacity   2m 15s of 1d\n"));
  EXPECT_THAT(renderSummary(a), HasSubstr("pod-hours        100.0\n"));
  EXPECT_THAT(renderSummary({.podHours = 0.0271}), HasSubstr("pod-hours        0.027\n"));
}

TEST(Comparison, TimesHaveTheirTwoLargestUnits) {
  EXPECT_EQ(formatTime(0s), "0s");
  EXPECT_EQ(formatTime(59s), "59s");
  EXPECT_EQ(formatTime(3600s + 5s), "1h");
  EXPECT_EQ(formatTime(24h * 9 + 23h + 5min), "9d 23h");
}

}  // namespace
}  // namespace tidewright::simulate
