#include "tests/unit/decide/rollout_history.h"

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

#include "operator/decide/rolling_update.h"

namespace tidewright::decide {
namespace {

using api::RolloutStrategy;
using std::chrono::seconds;

constexpr WallTime kStart{seconds(1'700'000'000)};
constexpr int32_t kAll = 1000;

/// Only what is written survives.
api::WorkloadStatus stored(const api::WorkloadStatus& status) {
  api::WorkloadStatus read = status;
  read.rollout = api::parseRolloutStatus(api::toJson(status.rollout));
  return read;
}

std::string said(const RolloutAction& action) {
  if (const auto* create = std::get_if<CreateReplicaSet>(&action)) {
    return fmt::format("create {} with {}", create->revision.hash, create->replicas);
  }
  if (const auto* update = std::get_if<UpdateReplicaSet>(&action)) {
    std::string text = fmt::format("{} from {}", update->name, update->from);
    if (update->replicas) text += fmt::format(" to {}", *update->replicas);
    for (const auto& [name, value] : update->annotations) {
      text += fmt::format(" {}={}", name.substr(name.find('/') + 1), value.value_or("-"));
    }
    return text;
  }
  return "delete " + std::get<DeleteReplicaSet>(action).name;
}

/// Doing these twice is doing them once, so the operator takes them off after it acted on them.
bool isRepeatable(Command command) { return command == Command::Abort || command == Command::Retry; }

}  // namespace

template <class What>
void RolloutHistory::check(bool holds, const What& what) {
  if (holds || wrong_) return;
  if constexpr (std::is_invocable_v<What>) {
    wrong_ = what();
  } else {
    wrong_ = what;
  }
  tell("WRONG: " + *wrong_);
}

RolloutHistory::RolloutHistory(uint64_t seed) : seed_(seed), cluster_(kStart) {
  Dice dice(seed);
  begin(dice);
  turns_ = dice.pick(5, 40);
}

void RolloutHistory::begin(Dice& dice) {
  spec_.strategy = static_cast<RolloutStrategy>(dice.pick(0, 3));
  anyLimits(dice);
  spec_.minReadySeconds = dice.pick(0, 3);
  spec_.progressDeadline = seconds(dice.pick(30, 120));
  spec_.scaleDownDelay = seconds(dice.pick(0, 20));
  spec_.autoRollback = !dice.oneIn(4);
  spec_.autoPromote = !dice.oneIn(4);
  spec_.steps = anySteps(dice);
  desired_ = dice.pick(0, 9);
}

void RolloutHistory::anyLimits(Dice& dice) {
  const auto any = [&dice]() -> api::IntOrPercent {
    const bool percent = dice.oneIn(2);
    return {.value = percent ? dice.pick(0, 100) : dice.pick(0, 4), .percent = percent};
  };
  spec_.maxSurge = any();
  spec_.maxUnavailable = dice.oneIn(2) ? api::IntOrPercent{.value = 0} : any();
}

std::vector<api::RolloutStep> RolloutHistory::anySteps(Dice& dice) {
  std::vector<api::RolloutStep> steps;
  for (int32_t i = dice.pick(0, 5); i > 0; --i) {
    switch (dice.pick(0, 5)) {
      case 0: steps.emplace_back(api::Pause{seconds(dice.pick(1, 20))}); break;
      case 1: steps.emplace_back(api::Pause{}); break;
      case 2: steps.emplace_back(api::AnalysisStep{{"errors"}}); break;
      default: steps.emplace_back(api::SetWeight{dice.pick(0, 100)}); break;
    }
  }
  return steps;
}

std::optional<std::string> RolloutHistory::run(const std::set<int32_t>& leftOut) {
  tell(fmt::format("strategy {}, {} steps, N {}, surge {}{}, unavailable {}{}", api::toString(spec_.strategy),
                   spec_.steps.size(), desired_, spec_.maxSurge.value, spec_.maxSurge.percent ? "%" : "",
                   spec_.maxUnavailable.value, spec_.maxUnavailable.percent ? "%" : ""));
  for (int32_t turn = 0; turn < turns_ && !wrong_; ++turn) {
    if (leftOut.contains(turn)) continue;
    Dice dice(seed_ * 1000 + static_cast<uint64_t>(turn) + 1);
    tell(fmt::format("turn {}", turn));
    disturb(dice);
    cluster_.passTime(seconds(dice.pick(0, 12)), dice, spec_.minReadySeconds, true);
    for (int32_t looks = dice.pick(0, 2); looks >= 0 && !wrong_; --looks) {
      (void)reconcile(dice, dice.oneIn(4) ? dice.pick(0, 2) : kAll);
    }
  }
  Dice dice(seed_ * 1000);
  if (!wrong_) comeToRest(dice);
  if (!wrong_) changeVersionInHealth(dice);
  return wrong_;
}

void RolloutHistory::disturb(Dice& dice) {
  switch (dice.pick(0, 5)) {
    case 0: disturbSpec(dice); break;
    case 1: disturbOperator(dice); break;
    case 2:
      tell("pods die");
      cluster_.killPods(dice);
      break;
    case 3:
      tell("pods are deleted");
      cluster_.deletePods(dice);
      break;
    default: break;
  }
}

void RolloutHistory::disturbSpec(Dice& dice) {
  switch (dice.pick(0, 7)) {
    case 0:
    case 1: desired_ = dice.pick(0, 9); break;
    case 2:
    case 3: version_ = dice.pick(1, kMostVersions); break;
    case 4: paused_ = !paused_; break;
    case 5: spec_.steps = anySteps(dice); break;
    case 6: anyLimits(dice); break;
    case 7: spec_.strategy = static_cast<RolloutStrategy>(dice.pick(0, 3)); break;
    default: break;
  }
  tell(fmt::format("spec: N {}, version {}, {}{}, {} steps", desired_, version_, api::toString(spec_.strategy),
                   paused_ ? ", paused" : "", spec_.steps.size()));
}

void RolloutHistory::disturbOperator(Dice& dice) {
  const auto any = [&dice]() -> std::optional<Verdict::Result> {
    if (dice.oneIn(3)) return std::nullopt;
    return static_cast<Verdict::Result>(dice.pick(0, 5));
  };
  switch (dice.pick(0, 4)) {
    case 0:
      status_ = {};
      tell("the status is lost");
      break;
    case 1:
      command_ = static_cast<Command>(dice.pick(0, 3));
      tell(fmt::format("command {}", static_cast<int>(*command_)));
      break;
    case 2: background_ = any(); break;
    case 3: stepAnalysis_ = any(); break;
    case 4:
      skew_ = seconds(dice.pick(-20, 20));
      tell(fmt::format("the operator runs elsewhere, where the clock is {} s off", skew_.count()));
      break;
    default: break;
  }
}

RolloutInput RolloutHistory::input(Dice& dice) const {
  RolloutInput in{.spec = spec_,
                  .target = simulatedRevision(version_),
                  .desired = desired_,
                  .paused = paused_,
                  .revisionHistoryLimit = 3,
                  .replicaSets = cluster_.views(),
                  .status = status_,
                  .command = command_};
  std::ranges::shuffle(in.replicaSets, dice);
  if (background_) in.background = Verdict{*background_, "the analysis says so"};
  const auto step = static_cast<size_t>(status_.rollout.stepIndex);
  const bool analysed = step < spec_.steps.size() && std::holds_alternative<api::AnalysisStep>(spec_.steps[step]);
  if (stepAnalysis_ && analysed) in.stepAnalysis = Verdict{*stepAnalysis_, "the step's analysis says so"};
  return in;
}

int32_t RolloutHistory::reconcile(Dice& dice, int32_t survivesWrites) {
  const WallTime now = cluster_.now() + skew_;
  RolloutDecision decision = decideRollout(input(dice), now);
  // One that must not be taken twice is taken off before anything else is written.
  if (command_ && !isRepeatable(*command_)) command_.reset();
  check(!decision.lookAgain || *decision.lookAgain > now, "it would look at the same moment again and again");
  checkDecision(decision);
  int32_t writes = 0;
  for (const RolloutAction& action : decision.actions) {
    if (wrong_) return writes;
    if (writes == survivesWrites) {
      tell("the operator dies");
      return writes;
    }
    write(action);
    ++writes;
  }
  if (writes == survivesWrites) {
    tell("the operator dies before it stores its status");
    return writes;
  }
  status_ = stored(decision.status);
  check(status_ == decision.status, "what is stored reads otherwise");
  command_.reset();
  last_ = std::move(decision);
  return writes;
}

void RolloutHistory::checkDecision(const RolloutDecision& decision) {
  const api::RolloutStatus& rollout = decision.status.rollout;
  check(rollout.weight >= 0 && rollout.weight <= 100, "a weight beyond 0..100");
  check(rollout.desiredWeight >= 0 && rollout.desiredWeight <= 100, "a desired weight beyond 0..100");
  check(rollout.stepIndex >= 0 && (rollout.stepIndex <= rollout.stepCount || !last_.complete), "a step too many");
}

int64_t RolloutHistory::cap() const {
  if (spec_.strategy == RolloutStrategy::BlueGreen) return int64_t{2} * desired_;
  if (spec_.strategy == RolloutStrategy::Recreate) return desired_;
  return int64_t{desired_} + resolveLimits(spec_.maxSurge, spec_.maxUnavailable, desired_).surge;
}

int64_t RolloutHistory::floor() const {
  if (spec_.strategy == RolloutStrategy::Recreate) return 0;
  return int64_t{desired_} - resolveLimits(spec_.maxSurge, spec_.maxUnavailable, desired_).unavailable;
}

void RolloutHistory::write(const RolloutAction& action) {
  const int64_t availableBefore = cluster_.available();
  const int64_t replicasBefore = cluster_.replicas();
  tell("  " + said(action));
  if (const auto mistake = cluster_.write(action)) check(false, *mistake);
  const int64_t available = cluster_.available();
  const int64_t replicas = cluster_.replicas();
  check(!paused_ || replicas == replicasBefore, "a paused app is resized");
  check(available >= availableBefore || available >= floor(),
        [&] { return fmt::format("availability goes from {} to {}, below {}", availableBefore, available, floor()); });
  check(replicas <= replicasBefore || replicas <= cap(),
        [&] { return fmt::format("the sum of sizes goes from {} to {}, above {}", replicasBefore, replicas, cap()); });
}

template <class Each>
void RolloutHistory::settle(Dice& dice, Each each) {
  int32_t persons = 0;
  for (int events = 0; events < 1500 && !wrong_; ++events) {
    // Each write of ours, and what the controllers make of it, wakes us again.
    for (int looks = 0; reconcile(dice, kAll) > 0 && !wrong_; ++looks) {
      check(looks < 100, "it writes without end");
      cluster_.passTime(seconds(0), dice, spec_.minReadySeconds, false);
      each();
    }
    if (wrong_) return;
    std::optional<WallTime> next = cluster_.nextEvent(spec_.minReadySeconds);
    if (last_.lookAgain && (!next || *last_.lookAgain - skew_ < *next)) next = *last_.lookAgain - skew_;
    if (!next && last_.complete) return;
    if (!next) {
      check(++persons < 30, [&] { return "it stands still for ever: " + last_.progressing.message; });
      actAsAPerson();
      continue;
    }
    const auto wait = std::chrono::ceil<seconds>(*next - cluster_.now());
    cluster_.passTime(std::max(wait, seconds(0)), dice, spec_.minReadySeconds, false);
    each();
  }
  check(false, [&] { return "it never comes to rest: " + last_.progressing.message; });
}

/// What nobody but a person or an analysis can end. A rollout may be undone when all is well already: for the pods that
/// it lost just before.
void RolloutHistory::actAsAPerson() {
  tell(last_.rolledBack ? "somebody retries" : "somebody promotes");
  command_ = last_.rolledBack ? Command::Retry : Command::Promote;
  stepAnalysis_ = Verdict::Result::Successful;
}

void RolloutHistory::comeToRest(Dice& dice) {
  paused_ = false;
  background_.reset();
  stepAnalysis_.reset();
  if (!isHealthy(version_)) version_ = dice.pick(1, 5);
  command_ = Command::Retry;
  tell(fmt::format("from here on all is well, with version {}", version_));
  cluster_.passTime(seconds(0), dice, spec_.minReadySeconds, false);
  settle(dice, [] {});
  if (wrong_) return;
  check(cluster_.replicas() == desired_, [&] { return fmt::format("at rest with {} pods", cluster_.replicas()); });
  check(cluster_.available() == desired_,
        [&] { return fmt::format("at rest with {} available pods", cluster_.available()); });
  const api::WorkloadStatus before = status_;
  for (const seconds later : {seconds(1), seconds(100), seconds(100'000)}) {
    cluster_.passTime(later, dice, spec_.minReadySeconds, false);
    check(reconcile(dice, kAll) == 0, "it writes at the fixed point");
    check(status_ == before, [&] {
      return fmt::format("the status changes at the fixed point, from {} to {}", api::toJson(before.rollout).dump(),
                         api::toJson(status_.rollout).dump());
    });
    check(!last_.lookAgain, "it wakes at the fixed point");
  }
}

/// With healthy pods and a constant count the invariants are not of our writes alone.
void RolloutHistory::changeVersionInHealth(Dice& dice) {
  version_ = version_ % 5 + 1;
  stepAnalysis_.reset();
  tell(fmt::format("a healthy version {} from rest", version_));
  settle(dice, [this] {
    check(cluster_.available() >= floor(),
          [&] { return fmt::format("{} pods are available, {} must be", cluster_.available(), floor()); });
    check(cluster_.replicas() <= cap(), [&] { return fmt::format("{} pods, {} may be", cluster_.replicas(), cap()); });
    if (spec_.strategy != RolloutStrategy::BlueGreen || desired_ == 0) return;
    check(cluster_.available(last_.activeRevision) >= floor(), [&] {
      return fmt::format("the active side {} has {} pods", last_.activeRevision,
                         cluster_.available(last_.activeRevision));
    });
  });
  if (wrong_) return;
  check(cluster_.available(simulatedRevision(version_).hash) == desired_, "the new version is not the whole app");
}

void RolloutHistory::tell(std::string what) {
  story_.push_back(fmt::format("{:5} s  {}", (cluster_.now() - kStart) / seconds(1), what));
}

}  // namespace tidewright::decide
