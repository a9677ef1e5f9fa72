#include <gmock/gmock.h>

#include "cli/outcome.h"
#include "cli/revision_choice.h"
#include "tests/unit/cli/app_fixtures.h"

namespace tidewright::cli {
namespace {

using testing::HasSubstr;

std::string chosen(const AppView& view, const std::string& wanted) {
  const auto revision = chooseRevision(view.workloads.front(), wanted);
  return revision ? (*revision)->set.revision : "error: " + revision.error().message();
}

TEST(RevisionChoice, WhileARolloutIsUnderWayItIsTheStableOne) { EXPECT_EQ(chosen(webView(), ""), "aaa"); }

TEST(RevisionChoice, AtRestItIsTheOneBefore) { EXPECT_EQ(chosen(webView({}, {{"stableRevision", "bbb"}}), ""), "aaa"); }

TEST(RevisionChoice, PassesOverWhatFailed) {
  auto sets = webSets();
  sets[1]["metadata"]["annotations"]["tidewright.dev/failed"] = "Aborted: a command asked for it";
  EXPECT_EQ(chosen(viewOf(webObject({}, {{"stableRevision", "bbb"}}), sets, {}), ""), "ccc");
}

TEST(RevisionChoice, IsByNumberOrByHash) {
  EXPECT_EQ(chosen(webView(), "1"), "ccc");
  EXPECT_EQ(chosen(webView(), "ccc"), "ccc");
}

TEST(RevisionChoice, AHashOfDigitsIsAHash) {
  auto sets = webSets();
  sets.push_back(replicaSet("2", 9, "registry/web:9", 0, 0));
  EXPECT_EQ(chosen(viewOf(webObject(), sets, {}), "2"), "2");
}

TEST(RevisionChoice, NamesWhatIsKept) {
  EXPECT_EQ(chosen(webView(), "7"),
            "error: --to-revision 7: there is no such revision; kept are 3 (bbb), 2 (aaa), 1 (ccc)");
  EXPECT_THAT(chosen(viewOf(webObject(), {}, {}), ""), HasSubstr("no revisions yet"));
  EXPECT_THAT(chosen(viewOf(webObject({}, {{"stableRevision", "bbb"}}), {webSets()[2]}, {}), ""),
              HasSubstr("no revision before bbb"));
}

struct PhaseCase {
  const char* phase;
  Outcome::State want;
};
class OutcomeOf : public testing::TestWithParam<PhaseCase> {};
TEST_P(OutcomeOf, FollowsThePhase) {
  const auto status = api::parseScaledAppStatus({{"observedGeneration", 4}, {"phase", GetParam().phase}});
  EXPECT_EQ(outcomeOf(4, status).state, GetParam().want);
  EXPECT_EQ(outcomeOf(5, status).state, Outcome::State::Waiting) << "the status is older than the spec";
}
INSTANTIATE_TEST_SUITE_P(
    Phases, OutcomeOf,
    testing::Values(PhaseCase{"Healthy", Outcome::State::Done}, PhaseCase{"Suspended", Outcome::State::Done},
                    PhaseCase{"Progressing", Outcome::State::Waiting}, PhaseCase{"Paused", Outcome::State::Waiting},
                    PhaseCase{"Degraded", Outcome::State::Failed}, PhaseCase{"RolledBack", Outcome::State::Failed},
                    PhaseCase{"Invalid", Outcome::State::Failed}),
    [](const auto& test) { return test.param.phase; });

}  // namespace
}  // namespace tidewright::cli
