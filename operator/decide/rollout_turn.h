#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/decide/progress.h"
#include "operator/decide/rollout.h"
#include "operator/decide/sizes.h"

namespace tidewright::decide {

/// One decision about a rollout while it is being made: what was seen, what has been found out about it so far, and
/// what is to come of it. The steps of `decideRollout` work on it one after the other; nobody else needs it.
/// Borrows the input.
struct RolloutTurn {
  RolloutTurn(const RolloutInput& input, WallTime exactNow);

  const RolloutInput& in;
  const WallTime now;  ///< whole seconds, as stored times have: finer ones would differ from themselves after a restart
  const Limits limits;

  std::optional<Verdict> background;    ///< as given, unless a command has everything measured anew
  std::optional<Verdict> stepAnalysis;  ///< the same

  Revisions revisions;
  std::vector<RevisionRecord> records;  ///< of `revisions.sets`, as they are to become
  RevisionRecord created;               ///< of the ReplicaSet that may be created
  Sizes sizes;
  std::optional<size_t> target;  ///< the ReplicaSet of what the user asks for
  bool goalIsTarget = true;      ///< false: the target failed, and the stable revision is gone back to
  bool retried = false;          ///< a command took a failure back: it all begins anew
  bool promoteAsked = false;     ///< a command asked not to wait
  bool scaled = false;           ///< the sizes follow another count
  bool recounted = false;        ///< the marks of progress are of another count
  bool stepsDone = true;
  bool holdsCreation = false;  ///< something must happen before the goal gets a ReplicaSet
  std::optional<Failure> failure;
  api::RolloutStatus memory;
  RolloutDecision out;

  [[nodiscard]] const ReplicaSetView* goal() const;
  [[nodiscard]] bool isStable(std::optional<size_t> set) const { return set && set == revisions.stable; }
  [[nodiscard]] std::string stableName() const;
  /// Pods of the set that serve and are to stay; 0 without a set.
  [[nodiscard]] int32_t available(std::optional<size_t> set) const;
  /// The target is on its way to become the whole app, and has not been that since.
  [[nodiscard]] bool rolling() const { return goalIsTarget && !isStable(revisions.goal); }
  /// A canary goes its steps; without a stable revision beside it there is nobody to compare it with.
  [[nodiscard]] bool besideStable() const;
  /// Pods of a canary of that weight; with a route the stable side stays whole beside them.
  [[nodiscard]] int32_t canaryPods(int32_t weight) const;
  [[nodiscard]] bool goalHasItsPods() const;
  /// As many of the goal's pods serve as the app is to have; at 0 pods nothing does.
  [[nodiscard]] bool goalHasAllPods() const;
  [[nodiscard]] bool goalIsWhole() const;
  /// An analysis that cannot tell, or that failed where nothing may be undone, keeps everything where it is.
  [[nodiscard]] bool standsStill() const;
  /// Nothing takes the stable revision's place before it was found good.
  [[nodiscard]] bool mayFinish() const;
  void lookAgainAt(std::optional<WallTime> time);
};

/// What the user asks for beside the spec: the command, if any, becomes a wish of the turn, and is answered.
void takeCommand(RolloutTurn& turn);

/// Notes the failure on the target's ReplicaSet, which needs a stable revision to go back to, and tells of it.
void undo(RolloutTurn& turn, const Failure& failure);

/// A canary beside its stable revision: goes its steps as far as they are done, and gives the sizes of this one.
[[nodiscard]] Sizes stepCanary(RolloutTurn& turn);

/// One step of the strategy towards the goal, within what availability and the surge allow.
void resize(RolloutTurn& turn);

/// Writes for the sizes and records, in an order in which dying between any two is safe.
void writeActions(RolloutTurn& turn);
/// Deletes, once the rollout is over, what exceeds `revisionHistoryLimit`.
void pruneHistory(RolloutTurn& turn);

/// Status, counts and conditions.
void report(RolloutTurn& turn);

}  // namespace tidewright::decide
