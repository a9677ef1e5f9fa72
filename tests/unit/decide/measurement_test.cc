#include "operator/decide/measurement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/decide/analysis_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;
using api::AnalysisMetric;
using api::MetricAnalysis;
using OnNoData = AnalysisMetric::OnNoData;
using Phase = MetricAnalysis::Phase;
using Kind = Observation::Kind;
using Result = Verdict::Result;
using testing::HasSubstr;

/// One metric, measured each time that it is due.
struct Metric {
  explicit Metric(AnalysisMetric metric, std::optional<int32_t> step = std::nullopt) : spec(std::move(metric)) {
    state = {.name = spec.name, .step = step, .startedAt = t0, .measurements = {}};
  }
  Metric& see(Observation seen) {
    seen.at = nextMeasurement(spec, state);
    takeMeasurement(spec, state, seen);
    return *this;
  }
  Metric& see(const Observation& seen, int times) {
    for (; times > 0; --times) see(seen);
    return *this;
  }
  /// Right after the last look.
  [[nodiscard]] Result verdict() const {
    return verdictOf(spec, state, state.measurements.empty() ? t0 : state.measurements.back().at).result;
  }

  AnalysisMetric spec;
  MetricAnalysis state;
};

TEST(Measurement, TheFirstIsOneIntervalAfterTheBegin) {
  Metric metric(errors());
  EXPECT_EQ(nextMeasurement(metric.spec, metric.state), t0 + 30s);
  EXPECT_EQ(metric.verdict(), Result::NotYet);
  Observation early = bad();
  early.at = t0 + 30s - 1us;
  takeMeasurement(metric.spec, metric.state, early);
  EXPECT_TRUE(metric.state.measurements.empty());
  EXPECT_EQ(metric.see(bad()).state.phase, Phase::Failed);
}

TEST(Measurement, TheNextIsOneIntervalLaterAndTenSecondsMoreAfterAnError) {
  Metric metric(errors());
  EXPECT_EQ(nextMeasurement(metric.spec, metric.see(good()).state), t0 + 60s);
  EXPECT_EQ(nextMeasurement(metric.spec, metric.see(refused()).state), t0 + 100s);
  EXPECT_EQ(nextMeasurement(metric.spec, metric.see(noData()).state), t0 + 130s);
}

TEST(Measurement, AnOverdueOneKeepsTheEndAway) {
  Metric metric(errors());
  metric.see(good());
  EXPECT_EQ(verdictOf(metric.spec, metric.state, t0 + 59s).result, Result::Running);
  EXPECT_EQ(verdictOf(metric.spec, metric.state, t0 + 60s).result, Result::NotYet);
}

TEST(Measurement, TheSameAnswerCountsOnce) {
  Metric metric(errors());
  metric.spec.failureLimit = 5;
  Observation seen = bad();
  seen.at = t0 + 31s;
  takeMeasurement(metric.spec, metric.state, seen);
  takeMeasurement(metric.spec, metric.state, seen);
  EXPECT_EQ(metric.state.failed, 1);
}

TEST(Measurement, MoreFailuresThanTheLimitFail) {
  Metric metric(errors());
  metric.spec.failureLimit = 2;
  EXPECT_EQ(metric.see(bad(), 2).verdict(), Result::Running);
  EXPECT_EQ(metric.see(good()).verdict(), Result::Running);
  EXPECT_EQ(metric.see(bad()).verdict(), Result::Failed);
  EXPECT_THAT(metric.state.message, HasSubstr("errors is 0.05, wanted is value <= 0.01; 3 of 4 measurements failed"));
}

TEST(Measurement, AVerdictIsFinal) {
  Metric metric(errors());
  metric.see(bad());
  const MetricAnalysis before = metric.state;
  EXPECT_EQ(metric.see(good(), 3).state, before);
}

TEST(Measurement, SoIsSuccessAndAnError) {
  Metric counted(errors());
  counted.spec.count = 1;
  const MetricAnalysis successful = counted.see(good()).state;
  ASSERT_EQ(successful.phase, Phase::Successful);
  EXPECT_EQ(counted.see(bad(), 3).state, successful);
  Metric refusing(errors());
  const MetricAnalysis erred = refusing.see(refused(), 5).state;
  ASSERT_EQ(erred.phase, Phase::Error);
  EXPECT_EQ(refusing.see(good(), 3).state, erred);
}

TEST(Measurement, NoDataPausesUntilThereIsDataAgain) {
  Metric metric(errors());
  EXPECT_EQ(metric.see(good()).see(noData()).verdict(), Result::Inconclusive);
  EXPECT_THAT(metric.state.message, HasSubstr("the query gives no series"));
  EXPECT_EQ(metric.see(noData(), 100).verdict(), Result::Inconclusive);
  EXPECT_EQ(metric.see(good()).verdict(), Result::Running);
}

TEST(Measurement, WithinItsLimitAnInconclusiveOneOnlyKeepsTheEndAway) {
  Metric metric(errors());
  metric.spec.inconclusiveLimit = 1;
  EXPECT_EQ(metric.see(good()).see(noData()).verdict(), Result::NotYet);
  EXPECT_EQ(metric.see(noData()).verdict(), Result::Inconclusive);
}

TEST(Measurement, NoDataMayFail) {
  Metric metric(errors());
  metric.spec.onNoData = OnNoData::Fail;
  EXPECT_EQ(metric.see(noData()).verdict(), Result::Failed);
}

TEST(Measurement, NoDataMayBeIgnored) {
  Metric metric(errors());
  metric.spec.onNoData = OnNoData::Ignore;
  EXPECT_EQ(metric.see(noData()).verdict(), Result::Running);
  metric.spec.count = 2;
  EXPECT_EQ(metric.see(noData()).verdict(), Result::Successful);
}

TEST(Measurement, MinSamplesAlsoGuardsAgainstOnlyIgnoredOnes) {
  Metric metric(errors());
  metric.spec.onNoData = OnNoData::Ignore;
  metric.spec.minSamples = 1;
  metric.spec.count = 2;
  EXPECT_EQ(metric.see(noData(), 9).verdict(), Result::NotYet);
  EXPECT_EQ(metric.see(good()).verdict(), Result::Successful);
}

TEST(Measurement, AServerThatIsAwayPausesWhateverIsSaidOfNoData) {
  for (const OnNoData onNoData : {OnNoData::Pause, OnNoData::Fail, OnNoData::Ignore}) {
    Metric metric(errors());
    metric.spec.onNoData = onNoData;
    EXPECT_EQ(metric.see(away(), 100).verdict(), Result::Inconclusive);
    EXPECT_EQ(metric.see(good()).verdict(), Result::Running);
  }
}

TEST(Measurement, MoreRefusalsInARowThanTheLimitAreAnError) {
  Metric metric(errors());
  EXPECT_EQ(metric.see(good()).see(refused(), 4).verdict(), Result::NotYet) << "not by a look that told nothing";
  EXPECT_EQ(metric.see(good()).see(refused(), 4).verdict(), Result::NotYet) << "the row was interrupted";
  EXPECT_EQ(metric.see(refused()).verdict(), Result::Error);
  EXPECT_THAT(metric.state.message, HasSubstr("HTTP 400: parse error; 5 times in a row"));
}

TEST(Measurement, TheCountMakesItSuccessful) {
  Metric metric(errors());
  metric.spec.count = 3;
  metric.spec.inconclusiveLimit = 9;
  EXPECT_EQ(metric.see(good()).see(noData(), 5).see(good()).verdict(), Result::NotYet) << "what is unknown counts not";
  EXPECT_EQ(metric.see(good()).verdict(), Result::Successful);
}

TEST(Measurement, AFailureThatIsForgivenCounts) {
  Metric metric(errors());
  metric.spec.count = 2;
  metric.spec.failureLimit = 1;
  EXPECT_EQ(metric.see(bad()).see(good()).verdict(), Result::Successful);
}

TEST(Measurement, TooFewSamplesAreNoVerdict) {
  Metric metric(errors());
  metric.spec.minSamples = 3;
  EXPECT_EQ(metric.see(bad(), 2).verdict(), Result::NotYet);
  EXPECT_EQ(metric.see(good()).verdict(), Result::Failed);
  EXPECT_THAT(metric.state.message, HasSubstr("errors is 0.05")) << "the value that speaks against it";
}

TEST(Measurement, InAStepOneIsEnoughWithoutACount) {
  EXPECT_EQ(Metric(errors(), 1).see(good()).verdict(), Result::Successful);
  EXPECT_EQ(Metric(errors()).see(good(), 9).verdict(), Result::Running) << "beside a rollout it has no end";
}

TEST(Measurement, TheLastTenAreKept) {
  Metric metric(errors());
  for (int i = 1; i <= 25; ++i) metric.see(number(i / 10000.0));
  ASSERT_EQ(metric.state.measurements.size(), 10U);
  EXPECT_EQ(metric.state.measurements.front().value, 0.0016);
  EXPECT_EQ(metric.state.successful, 25);
}

TEST(Measurement, ALongMessageIsCutBetweenTwoCharacters) {
  Metric metric(errors());
  std::string umlauts = "x";
  for (int i = 0; i < 400; ++i) umlauts += "\u00e4";
  const std::string& kept =
      metric.see({.kind = Kind::NoAnswer, .sample = api::Unknown{umlauts}}).state.measurements.front().message;
  EXPECT_EQ(kept.size(), 299U + 4U);
  EXPECT_TRUE(umlauts.starts_with(kept.substr(0, 299)));
  const std::string noBeginning(400, '\x80');
  EXPECT_EQ(metric.see({.kind = Kind::NoAnswer, .sample = api::Unknown{noBeginning}}).state.measurements.back().message,
            " ...");
}

}  // namespace
}  // namespace tidewright::decide
