#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "operator/api/condition.h"
#include "operator/api/rollout_spec.h"
#include "operator/api/scaled_app_status.h"
#include "operator/decide/replica_set_view.h"
#include "operator/decide/routed_canary.h"

namespace tidewright::decide {

/// The writes a rollout asks for, to be made in the order given; stop at the first that fails and decide anew.
struct CreateReplicaSet {
  api::Revision revision;
  int32_t replicas = 0;
  RevisionRecord record;
};
struct UpdateReplicaSet {
  std::string name;
  int32_t from = 0;
  std::optional<int32_t> replicas;                                ///< none: the size stays
  std::map<std::string, std::optional<std::string>> annotations;  ///< nothing inside: remove it
};
struct DeleteReplicaSet {
  std::string name;
};
using RolloutAction = std::variant<CreateReplicaSet, UpdateReplicaSet, DeleteReplicaSet>;

enum class Command { Promote, PromoteFull, Abort, Retry };
/// "promote", "promote-full", "abort", "retry"; nothing for anything else.
[[nodiscard]] std::optional<Command> parseCommand(std::string_view text);

/// What an analysis has found so far; its message is for a person.
struct Verdict {
  /// The later, the worse: of several metrics the worst counts.
  enum class Result {
    Successful,
    Running,       ///< nothing speaks against the new revision
    NotYet,        ///< the same, of too few measurements: the rollout goes on and does not end
    Inconclusive,  ///< nobody knows: the rollout stands still
    Error,
    Failed,
  };
  Result result = Result::Running;
  std::string message;
};

/// One workload: the app, or one shard of it.
struct RolloutInput {
  api::RolloutSpec spec;
  api::Revision target;  ///< what the user asks for, from `resolveRevision`
  int32_t desired = 1;   ///< pods, whoever decided it
  bool paused = false;
  int32_t revisionHistoryLimit = 10;
  std::vector<ReplicaSetView> replicaSets;  ///< ours only; in any order
  api::WorkloadStatus status;               ///< as stored; may be empty
  std::optional<Command> command;
  std::optional<Verdict> background;    ///< of the analysis beside the rollout
  std::optional<Verdict> stepAnalysis;  ///< of the step that is being taken
  std::optional<RouteView> route;       ///< with `canary.gatewayRoute`
};

struct ConditionValue {
  std::string type;
  api::ConditionStatus status = api::ConditionStatus::Unknown;
  std::string reason;
  std::string message;
};

struct RolloutEvent {
  bool warning = false;
  std::string reason;
  std::string message;
};

struct RolloutDecision {
  std::vector<RolloutAction> actions;
  api::WorkloadStatus status;
  api::ReplicaCounts counts;
  ConditionValue progressing;
  ConditionValue available;
  std::string activeRevision;       ///< blue-green: what Service NAME selects; empty: every revision
  std::string previewRevision;      ///< blue-green: what Service NAME-preview selects
  std::string canaryRevision;       ///< with a route: what Service NAME-canary selects
  std::optional<RouteWrite> route;  ///< to be written between the Services and the actions; none: it is left alone
  bool complete = false;            ///< the target is the whole app
  bool rolledBack = false;          ///< the target failed and the stable revision serves instead
  std::vector<std::string> why;
  std::vector<RolloutEvent> events;
  std::string commandResult;  ///< what became of the command; empty without one
  std::optional<WallTime> lookAgain;
};

/// Which version: how many pods each revision of a workload is to have now.
/// No write lowers availability below desired - unavailable, or further below it, and none raises the sum of sizes
/// above desired + surge (blue-green and a canary behind a route: twice desired; recreate: on purpose neither). At the
/// fixed point there are no actions. Services are to be written before the actions. Pure: any thread. Source:
/// spec/rollout.md.
[[nodiscard]] RolloutDecision decideRollout(const RolloutInput& in, WallTime now);

}  // namespace tidewright::decide
