#include "operator/decide/analysis.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/decide/canary_steps.h"

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

constexpr WallTime t0{1'700'000'000s};

AnalysisMetric errors() {
  return {.name = "errors", .prometheus = {.query = "q"}, .successWhen = *api::parseSuccessWhen("value <= 0.01")};
}

Observation number(double value) { return {.sample = api::Number{.value = value, .warnings = {}}}; }
Observation good() { return number(0.0); }
Observation bad() { return number(0.05); }
Observation noData() { return {.sample = api::Unknown{.reason = "the query gives no series", .noSeries = true}}; }
Observation away() { return {.kind = Kind::NoAnswer, .sample = api::Unknown{"http://prom: connection refused"}}; }
Observation refused() { return {.kind = Kind::Refused, .sample = api::Unknown{"HTTP 400: parse error"}}; }

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

/// A canary to revision "new", whose analysis has the metric "errors".
struct Rollout {
  Rollout() {
    spec.strategy = api::RolloutStrategy::Canary;
    spec.steps = {api::SetWeight{20}, api::AnalysisStep{{"latency"}}, api::SetWeight{50},
                  api::AnalysisStep{{"latency"}}};
    AnalysisMetric latency = errors();
    latency.name = "latency";
    spec.analysis = {errors(), latency};
    status = {.stableRevision = "old",
              .currentRevision = "new",
              .rollout = {.revision = "new", .stepsHash = stepsHash(spec.steps), .stepCount = 4}};
  }
  std::vector<std::string> begin(bool served = true) {
    std::vector<std::string> names;
    for (const DueMeasurement& due : beginAnalysis(spec, status, paused, served, now))
      names.push_back(due.metric->name);
    return names;
  }
  Analysis look(std::map<std::string, Observation> seen = {}) {
    for (auto& [name, one] : seen) one.at = now;
    Analysis out =
        analyse({.spec = spec, .status = status, .target = "new", .paused = paused, .seen = std::move(seen)}, now);
    status.rollout.analysis = out.metrics;
    return out;
  }

  WallTime now = t0;
  bool paused = false;
  api::RolloutSpec spec;
  api::WorkloadStatus status;
};

using Names = std::vector<std::string>;

TEST(Analysis, BeginsOnceAPodServes) {
  Rollout rollout;
  EXPECT_EQ(rollout.begin(false), Names{});
  EXPECT_EQ(rollout.look().background->result, Result::NotYet) << "it is to be measured yet";
  EXPECT_EQ(rollout.begin(), Names{"errors"});
  EXPECT_EQ(rollout.status.rollout.analysis.front().startedAt, t0);
  rollout.now += 10s;
  EXPECT_EQ(rollout.begin(false), Names{"errors"}) << "once begun it goes on";
  EXPECT_EQ(rollout.status.rollout.analysis.front().startedAt, t0);
}

TEST(Analysis, BesideTheRolloutBeginsAtItsStep) {
  Rollout rollout;
  rollout.spec.analysis[0].startAtStep = 2;
  EXPECT_EQ(rollout.begin(), Names{});
  rollout.status.rollout.stepIndex = 2;
  EXPECT_EQ(rollout.begin(), Names{"errors"});
}

TEST(Analysis, AMetricOfAStepIsMeasuredInThatStepAlone) {
  Rollout rollout;
  EXPECT_EQ(rollout.begin(), Names{"errors"});
  EXPECT_FALSE(rollout.look().step);
  rollout.status.rollout.stepIndex = 1;
  EXPECT_EQ(rollout.begin(), (Names{"errors", "latency"}));
  rollout.now += 30s;
  const Analysis first = rollout.look({{"latency", good()}});
  EXPECT_EQ(first.step->result, Result::Successful);
  EXPECT_EQ(first.background->result, Result::NotYet);
  rollout.status.rollout.stepIndex = 2;
  EXPECT_FALSE(rollout.look().step);
}

TEST(Analysis, ALaterStepMeasuresAnew) {
  Rollout rollout;
  rollout.status.rollout.stepIndex = 1;
  (void)rollout.begin();
  rollout.now += 30s;
  EXPECT_EQ(rollout.look({{"latency", good()}}).step->result, Result::Successful);
  rollout.status.rollout.stepIndex = 3;
  EXPECT_EQ(rollout.look({{"latency", good()}}).step->result, Result::NotYet);
  EXPECT_EQ(rollout.begin(), (Names{"errors", "latency"}));
  rollout.now += 30s;
  EXPECT_EQ(rollout.look({{"latency", bad()}}).step->result, Result::Failed);
}

TEST(Analysis, TheWorstOfItsMetricsCounts) {
  Rollout rollout;
  rollout.spec.steps.clear();
  rollout.status.rollout.stepsHash.clear();
  (void)rollout.begin();
  rollout.now += 30s;
  EXPECT_EQ(rollout.look({{"errors", good()}, {"latency", noData()}}).background->result, Result::Inconclusive);
  rollout.now += 30s;
  const Analysis failed = rollout.look({{"errors", bad()}, {"latency", noData()}});
  EXPECT_EQ(failed.background->result, Result::Failed);
  EXPECT_THAT(failed.background->message, HasSubstr("errors is 0.05"));
}

TEST(Analysis, TellsWhenNobodyKnowsAndWhenItIsKnownAgain) {
  Rollout rollout;
  (void)rollout.begin();
  rollout.now += 30s;
  ASSERT_EQ(rollout.look({{"errors", away()}}).events.size(), 1U);
  rollout.now += 30s;
  EXPECT_TRUE(rollout.look({{"errors", away()}}).events.empty());
  rollout.now += 30s;
  const Analysis back = rollout.look({{"errors", good()}});
  ASSERT_EQ(back.events.size(), 1U);
  EXPECT_EQ(back.events[0].reason, "AnalysisResumed");
}

/// What is said of a bad measurement after `change`.
std::optional<Verdict> judged(const std::function<void(Rollout&)>& change) {
  Rollout rollout;
  (void)rollout.begin();
  rollout.now += 30s;
  change(rollout);
  const auto before = rollout.status;
  const Analysis found = rollout.look({{"errors", bad()}});
  EXPECT_EQ(rollout.status, before) << "what is known stays";
  EXPECT_EQ(rollout.begin(), Names{});
  EXPECT_FALSE(found.step);
  return found.background;
}

TEST(Analysis, JudgesNothingWhileNoRolloutIsUnderWay) {
  EXPECT_FALSE(judged([](Rollout& r) { r.paused = true; }));
  EXPECT_FALSE(judged([](Rollout& r) { r.status.rollout.promoteFull = true; }));
  EXPECT_FALSE(judged([](Rollout& r) { r.status.stableRevision = "new"; })) << "it is done";
}

TEST(Analysis, OfARolloutThatTheStatusDoesNotKnowNothingIsMeasured) {
  const auto isNotYet = [](const std::optional<Verdict>& verdict) {
    return verdict && verdict->result == Result::NotYet;
  };
  EXPECT_TRUE(isNotYet(judged([](Rollout& r) { r.status.rollout.revision = "old"; })));
  EXPECT_TRUE(isNotYet(judged([](Rollout& r) { r.spec.steps.pop_back(); }))) << "the steps begin anew";
  EXPECT_TRUE(isNotYet(judged([](Rollout& r) { r.status = {}; }))) << "the status was lost";
}

TEST(Measurement, ALongMessageIsCutBetweenTwoCharacters) {
  Metric metric(errors());
  std::string umlauts = "x";
  for (int i = 0; i < 400; ++i) umlauts += "\u00e4";
  const std::string& kept =
      metric.see({.kind = Kind::NoAnswer, .sample = api::Unknown{umlauts}}).state.measurements.front().message;
  EXPECT_EQ(kept.size(), 299U + 4U);
  EXPECT_TRUE(umlauts.starts_with(kept.substr(0, 299)));
}

TEST(Analysis, GoesOnAfterARestartOfTheOperator) {
  Rollout rollout;
  rollout.spec.analysis[0].failureLimit = 1;
  (void)rollout.begin();
  rollout.now += 30s;
  (void)rollout.look({{"errors", bad()}});
  rollout.status.rollout = api::parseRolloutStatus(api::toJson(rollout.status.rollout));
  rollout.now += 30s;
  EXPECT_EQ(rollout.look({{"errors", bad()}}).background->result, Result::Failed);
}

}  // namespace
}  // namespace tidewright::decide
