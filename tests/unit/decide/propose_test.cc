#include "operator/decide/propose.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/unit/decide/scaling_fixtures.h"

namespace tidewright::decide {
namespace {

using namespace std::chrono_literals;
using api::Target;

struct Case {
  const char* name;
  Target::Type type;
  double target, sample;
  int32_t current, ready, want;
};
class ProposalOf : public testing::TestWithParam<Case> {};
TEST_P(ProposalOf, IsTheCountThatMeetsTheTarget) {
  const Case& c = GetParam();
  EXPECT_EQ(proposalOf({c.type, {c.target * 1000}}, c.sample, {c.current, c.ready}, {}), c.want);
}
constexpr auto kAverage = Target::Type::AverageValue;
constexpr auto kWhole = Target::Type::Value;
INSTANTIATE_TEST_SUITE_P(
    Formulas, ProposalOf,
    testing::Values(Case{"Up", kAverage, 100, 450, 3, 3, 5}, Case{"Down", kAverage, 100, 101, 4, 4, 2},
                    Case{"UpperEndOfTolerance", kAverage, 100, 440, 4, 4, 4},
                    Case{"JustAboveTolerance", kAverage, 100, 440.01, 4, 4, 5},
                    Case{"LowerEndOfTolerance", kAverage, 100, 360, 4, 4, 4},
                    Case{"JustBelowTolerance", kAverage, 100, 299, 4, 4, 3},
                    Case{"ExactInThousandths", kAverage, 0.1, 1.1, 5, 5, 11},
                    Case{"AverageFromNothing", kAverage, 100, 101, 0, 0, 2},
                    Case{"AverageIgnoresReadiness", kAverage, 100, 800, 4, 1, 8},
                    Case{"Whole", kWhole, 10, 20, 4, 4, 8}, Case{"WholeCountsReadyOnly", kWhole, 10, 20, 4, 3, 6},
                    Case{"WholeIgnoresSurge", kWhole, 10, 20, 4, 7, 8},
                    Case{"WholeOfNoneReady", kWhole, 10, 20, 4, 0, 2},
                    Case{"WholeFromNothing", kWhole, 10, 25, 0, 0, 3}, Case{"WholeWithin", kWhole, 10, 11, 4, 1, 4},
                    Case{"Nothing", kAverage, 100, 0, 4, 4, 0}, Case{"NegativeIsNothing", kAverage, 100, -5, 4, 4, 0},
                    Case{"Saturates", kAverage, 0.001, 1e300, 4, 4, std::numeric_limits<int32_t>::max()}),
    [](const auto& c) { return c.param.name; });

TEST(ProposalOf, HasAToleranceADirection) {
  api::Behavior behavior;
  behavior.scaleUp.tolerance = 0.5;
  behavior.scaleDown.tolerance = 0;
  const Target target{.value = {100'000}};
  EXPECT_EQ(proposalOf(target, 150, {1, 1}, behavior), 1);
  EXPECT_EQ(proposalOf(target, 199, {2, 2}, behavior), 2);  // below, but it rounds up again
  EXPECT_EQ(proposalOf(target, 100, {2, 2}, behavior), 1);
}

api::Metric metric(std::optional<api::Fallback> fallback = std::nullopt) {
  return {.name = "load", .target = {.value = {100'000}}, .fallback = fallback};
}

TEST(ProposeFor, AnUnknownProposesNothing) {
  const api::MetricTrace trace = proposeFor(metric(), api::Unknown{"HTTP 503"}, {4, 4}, {}, t0 - 1h, t0);
  EXPECT_FALSE(trace.proposal);
  EXPECT_EQ(trace.sample, api::Sample(api::Unknown{"HTTP 503"}));
}

TEST(ProposeFor, OnNoDataZeroIsForAnswersWithoutSeriesOnly) {
  api::Metric vanishing = metric();
  vanishing.onNoData = api::OnNoData::Zero;
  EXPECT_EQ(proposeFor(vanishing, api::Unknown{"no series", true}, {4, 4}, {}, {}, t0).proposal, 0);
  EXPECT_EQ(proposeFor(vanishing, api::Unknown{"HTTP 503", false}, {4, 4}, {}, {}, t0).proposal, std::nullopt);
  EXPECT_EQ(proposeFor(metric(), api::Unknown{"no series", true}, {4, 4}, {}, {}, t0).proposal, std::nullopt);
}

struct FallbackCase {
  const char* name;
  api::Fallback::Behavior behavior;
  int32_t replicas;
  std::chrono::seconds unknownFor;
  std::optional<int32_t> want;
};
class Fallback : public testing::TestWithParam<FallbackCase> {};
TEST_P(Fallback, ProposesOnceItIsDue) {
  const FallbackCase& c = GetParam();
  EXPECT_EQ(proposeFor(metric(api::Fallback{60s, c.replicas, c.behavior}), api::Unknown{"x"}, {4, 4}, {},
                       t0 - c.unknownFor, t0)
                .proposal,
            c.want);
}
using FB = api::Fallback::Behavior;
INSTANTIATE_TEST_SUITE_P(Behaviors, Fallback,
                         testing::Values(FallbackCase{"NotYet", FB::Static, 2, 59s, std::nullopt},
                                         FallbackCase{"StaticLower", FB::Static, 2, 60s, 2},
                                         FallbackCase{"StaticHigher", FB::Static, 9, 60s, 9},
                                         FallbackCase{"AtLeastLower", FB::AtLeast, 2, 60s, 4},
                                         FallbackCase{"AtLeastHigher", FB::AtLeast, 9, 60s, 9},
                                         FallbackCase{"AtMostLower", FB::AtMost, 2, 60s, 2},
                                         FallbackCase{"AtMostHigher", FB::AtMost, 9, 60s, 4}),
                         [](const auto& c) { return c.param.name; });

struct CombineCase {
  const char* name;
  std::vector<std::optional<int32_t>> proposals;
  int32_t want;
};
class Combine : public testing::TestWithParam<CombineCase> {};
TEST_P(Combine, TakesTheHighestAndNeverFallsOnHalfTheData) {
  std::vector<api::MetricTrace> metrics;
  for (const std::optional<int32_t>& proposal : GetParam().proposals) metrics.push_back({.proposal = proposal});
  EXPECT_EQ(combine(metrics, 5).replicas, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(Of5Pods, Combine,
                         testing::Values(CombineCase{"Highest", {3, 8, 2}, 8}, CombineCase{"AllLower", {3, 2}, 3},
                                         CombineCase{"UnknownHolds", {3, std::nullopt}, 5},
                                         CombineCase{"UnknownFirstHolds", {std::nullopt, 3}, 5},
                                         CombineCase{"UnknownDoesNotKeepDown", {8, std::nullopt}, 8},
                                         CombineCase{"AllUnknown", {std::nullopt, std::nullopt}, 5},
                                         CombineCase{"NoMetric", {}, 5}),
                         [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace tidewright::decide
