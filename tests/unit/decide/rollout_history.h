#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/decide/simulated_cluster.h"

namespace tidewright::decide {

/// The life of one app, told by a seed: in each turn something is disturbed, time passes, and the operator looks and
/// dies after any number of its writes; in the end pods are healthy, nobody interferes, and the app must come to rest,
/// and then change its version once without ever serving with fewer pods than it may.
///
/// Turns are independent of each other's dice, so that some can be left out of a history that went wrong until none is
/// left that it needs.
class RolloutHistory {
 public:
  explicit RolloutHistory(uint64_t seed);

  [[nodiscard]] int32_t turns() const { return turns_; }
  /// What went wrong first; nothing if nothing did. Once only.
  [[nodiscard]] std::optional<std::string> run(const std::set<int32_t>& leftOut = {});
  /// What happened, a line a thing.
  [[nodiscard]] const std::vector<std::string>& story() const { return story_; }

 private:
  void begin(Dice& dice);
  [[nodiscard]] static std::vector<api::RolloutStep> anySteps(Dice& dice);
  void anyLimits(Dice& dice);
  void disturb(Dice& dice);
  void disturbSpec(Dice& dice);
  void disturbOperator(Dice& dice);

  [[nodiscard]] RolloutInput input(Dice& dice) const;
  /// How many writes of ReplicaSets were made; the status is the last one.
  int32_t reconcile(Dice& dice, int32_t survivesWrites);
  void write(const RolloutAction& action);
  void checkDecision(const RolloutDecision& decision);
  [[nodiscard]] int64_t cap() const;
  [[nodiscard]] int64_t floor() const;

  /// Until nothing is left that could happen; `each` sees every moment.
  template <class Each>
  void settle(Dice& dice, Each each);
  void actAsAPerson();
  void comeToRest(Dice& dice);
  void changeVersionInHealth(Dice& dice);

  /// `what` is text, or makes it, for text costs time.
  template <class What>
  void check(bool holds, const What& what);
  void tell(std::string what);

  const uint64_t seed_;
  int32_t turns_ = 0;
  api::RolloutSpec spec_;
  SimulatedCluster cluster_;
  int32_t desired_ = 1;
  int32_t version_ = 1;
  bool paused_ = false;
  std::optional<Verdict::Result> background_;
  std::optional<Verdict::Result> stepAnalysis_;
  std::optional<Command> command_;
  std::chrono::seconds skew_{0};  ///< of the machine that the operator runs on
  api::WorkloadStatus status_;    ///< as stored
  RolloutDecision last_;
  std::optional<std::string> wrong_;
  std::vector<std::string> story_;
};

}  // namespace tidewright::decide
