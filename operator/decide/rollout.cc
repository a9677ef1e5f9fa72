#include "operator/decide/rollout.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "operator/decide/canary_steps.h"
#include "operator/decide/rollout_turn.h"

namespace tidewright::decide {
namespace {

void findRevisions(RolloutTurn& turn) {
  for (size_t i = 0; i < turn.revisions.sets.size(); ++i) {
    const RevisionRecord& record = turn.records[i];
    if (turn.revisions.sets[i].revision == turn.in.target.hash) turn.target = i;
    if (!record.promotedAt) continue;
    const auto key = [&](size_t set) { return std::tie(*turn.records[set].promotedAt, turn.records[set].number); };
    if (!turn.revisions.stable || key(i) > key(*turn.revisions.stable)) turn.revisions.stable = i;
  }
  if (turn.revisions.stable || turn.in.status.stableRevision.empty()) return;
  // The first promotion of an app may be stored in its status sooner than on its ReplicaSet.
  const auto& sets = turn.revisions.sets;
  const auto known = std::ranges::find(sets, turn.in.status.stableRevision, &ReplicaSetView::revision);
  if (known == sets.end()) return;
  turn.revisions.stable = static_cast<size_t>(known - sets.begin());
  turn.records[*turn.revisions.stable].promotedAt = known->createdAt;
}

/// A revision that failed once is tried again when the user asks for it after having asked for something else.
void forgetOldFailures(RolloutTurn& turn) {
  for (size_t i = 0; i < turn.records.size(); ++i) {
    if (i != turn.target) turn.records[i].failed.clear();
  }
}

void chooseGoal(RolloutTurn& turn) {
  const bool failed = turn.target && !turn.records[*turn.target].failed.empty();
  turn.goalIsTarget = !(failed && turn.revisions.stable && turn.revisions.stable != turn.target);
  turn.revisions.goal = turn.goalIsTarget ? turn.target : turn.revisions.stable;
  turn.out.rolledBack = !turn.goalIsTarget;
}

/// When the rollout to the goal began, of which nothing is stored: an app's first one when its ReplicaSet was made, for
/// the status may be told later than that.
WallTime beginning(const RolloutTurn& turn) {
  const bool first = turn.in.status.currentRevision.empty() && !turn.revisions.stable && turn.goal() != nullptr;
  return first ? std::min(turn.goal()->createdAt, turn.now) : turn.now;
}

void remember(RolloutTurn& turn) {
  const std::string revision = turn.goalIsTarget ? turn.in.target.hash : turn.stableName();
  const std::string steps = stepsHash(turn.in.spec.steps);
  turn.memory = turn.in.status.rollout;
  if (turn.memory.revision != revision || turn.memory.stepsHash != steps || turn.retried) {
    const bool sameRevision = turn.memory.revision == revision && !turn.retried;
    turn.memory = {
        .revision = revision,
        .stepsHash = steps,
        .startedAt = sameRevision && turn.memory.startedAt ? turn.memory.startedAt : std::optional(beginning(turn))};
    // What spoke against the revision that is undone stays to be read.
    if (!turn.goalIsTarget && turn.in.status.rollout.revision == turn.in.target.hash) {
      turn.memory.analysis = turn.in.status.rollout.analysis;
    }
  }
  if (!turn.rolling()) {
    // As a promotion leaves it, also when the operator died after that one and before it stored its status.
    turn.memory = {.revision = turn.memory.revision,
                   .stepsHash = turn.memory.stepsHash,
                   .startedAt = turn.memory.startedAt,
                   .analysis = turn.goalIsTarget ? std::vector<api::MetricAnalysis>{} : turn.memory.analysis};
  }
  turn.memory.stepCount = turn.rolling() ? static_cast<int32_t>(turn.in.spec.steps.size()) : 0;
  turn.memory.message.clear();
  // Without steps that are left to skip, all that can be skipped is the wait for a switch or for an analysis.
  const bool lastStep =
      turn.in.spec.strategy != api::RolloutStrategy::Canary || turn.memory.stepIndex >= turn.memory.stepCount;
  if (turn.promoteAsked && (turn.in.command == Command::PromoteFull || lastStep)) turn.memory.promoteFull = true;
  if (turn.in.paused) turn.memory.progressedAt.reset();
}

/// Progress, and what happens when there is none.
void judge(RolloutTurn& turn) {
  if (!turn.rolling()) {
    turn.memory.progressedAt.reset();
    return;
  }
  const ReplicaSetView* updated = turn.goal();
  int32_t wanted = turn.in.desired;
  if (turn.besideStable()) {
    const int32_t index = turn.memory.promoteFull ? turn.memory.stepCount : turn.memory.stepIndex;
    wanted = turn.canaryPods(weightAt(turn.in.spec.steps, index));
  }
  const int32_t inPlace = std::min(turn.available(turn.revisions.goal), wanted);
  // A revision that has all its pods is not late, even if the operator was away when they came. What the stable side
  // of a canary still lacks speaks against nobody that could be gone back to.
  const bool arrived = inPlace >= wanted;
  const int32_t given = updated == nullptr ? 0 : updated->replicas;
  turn.recounted = turn.memory.highWaterOf != turn.in.desired;
  // Of a first rollout that nobody has stored yet, what was reached since it began is not known.
  const WallTime at = turn.in.status.currentRevision.empty() ? beginning(turn) : turn.now;
  noteProgress(turn.memory, {inPlace, given}, turn.in.desired, !arrived && !turn.memory.pausedAt, at);
  turn.failure = findFailure(turn.in.spec, {turn.background, turn.stepAnalysis}, turn.memory, updated, turn.now);
  if (turn.failure && turn.in.spec.autoRollback && turn.target && turn.revisions.stable) {
    undo(turn, *turn.failure);
    chooseGoal(turn);
    remember(turn);
  } else if (!turn.failure) {
    const std::optional<WallTime> deadline = deadlineOf(turn.memory, turn.in.spec);
    // It passed without harm, for it was others that were waited for. From here on the next pod that blinks has its
    // whole time again.
    if (deadline && turn.now >= *deadline) turn.memory.progressedAt = turn.now;
    turn.lookAgainAt(deadlineOf(turn.memory, turn.in.spec));
  }
}

/// The goal becomes the stable revision. Not at zero pods: a version of which none ever ran has proved nothing.
void promote(RolloutTurn& turn, WallTime exactNow) {
  if (!turn.rolling() || turn.goal() == nullptr || turn.in.desired == 0) return;
  const bool switchOver = turn.in.spec.strategy == api::RolloutStrategy::BlueGreen && turn.revisions.stable &&
                          turn.goalHasAllPods() && (turn.in.spec.autoPromote || turn.memory.promoteFull);
  if (!switchOver && !(turn.goalIsWhole() && turn.stepsDone)) return;
  if (!turn.mayFinish()) {
    turn.memory.message = turn.background->message;
    return;
  }
  // Two promotions have an order even if the machine's clock was set back between them.
  WallTime at = exactNow;
  if (turn.revisions.stable)
    at = std::max(at, *turn.records[*turn.revisions.stable].promotedAt + std::chrono::milliseconds(1));
  turn.records[*turn.revisions.goal].promotedAt = at;
  turn.revisions.stable = turn.revisions.goal;
  turn.memory = {
      .revision = turn.memory.revision, .stepsHash = turn.memory.stepsHash, .startedAt = turn.memory.startedAt};
  turn.out.lookAgain.reset();
  if (switchOver) turn.lookAgainAt(std::chrono::ceil<std::chrono::seconds>(at + turn.in.spec.scaleDownDelay));
  turn.out.events.push_back(
      {.reason = "RolloutCompleted", .message = fmt::format("revision {} is the whole app", turn.in.target.hash)});
}

/// The user's latest wish has the highest number, also when it is a revision that existed before.
void number(RolloutTurn& turn) {
  int64_t highest = 0;
  for (const RevisionRecord& record : turn.records) highest = std::max(highest, record.number);
  turn.created.number = highest + 1;
  turn.created.fingerprint = turn.in.target.fingerprint;
  if (turn.goalIsTarget && turn.target && turn.records[*turn.target].number < highest)
    turn.records[*turn.target].number = highest + 1;
}

}  // namespace

RolloutDecision decideRollout(const RolloutInput& in, WallTime now) {
  RolloutTurn turn(in, now);
  findRevisions(turn);
  forgetOldFailures(turn);
  takeCommand(turn);
  chooseGoal(turn);
  remember(turn);
  if (!in.paused) {
    judge(turn);
    resize(turn);
    promote(turn, now);
    number(turn);
  } else if (in.route) {
    turn.out.canaryRevision = in.route->canaryRevision;
  }
  writeActions(turn);
  if (!in.paused) pruneHistory(turn);
  report(turn);
  return std::move(turn.out);
}

}  // namespace tidewright::decide
