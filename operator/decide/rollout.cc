// The one place that decides which version runs. It is long because it is a single decision; each of its steps is a
// method, and `run` lists them in their order.
#include "operator/decide/rollout.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "operator/decide/canary_steps.h"
#include "operator/decide/progress.h"
#include "operator/decide/sizes.h"

namespace tidewright::decide {
namespace {

using api::RolloutStrategy;

bool olderThan(const ReplicaSetView& a, const ReplicaSetView& b) {
  return std::tie(a.createdAt, a.record.number, a.name) < std::tie(b.createdAt, b.record.number, b.name);
}

class Decision {
 public:
  Decision(const RolloutInput& in, WallTime now)
      : in_(in),
        // Stored times have whole seconds; finer ones would differ from themselves after a restart.
        now_(std::chrono::floor<std::chrono::seconds>(now)),
        limits_(resolveLimits(in.spec.maxSurge, in.spec.maxUnavailable, in.desired)) {
    revisions_.sets = in.replicaSets;
    std::ranges::sort(revisions_.sets, olderThan);
    for (const ReplicaSetView& set : revisions_.sets) {
      records_.push_back(set.record);
      sizes_.replicas.push_back(set.replicas);
    }
  }

  RolloutDecision run(WallTime exactNow) {
    findRevisions();
    forgetOldFailures();
    takeCommand();
    chooseGoal();
    remember();
    if (!in_.paused) {
      judge();
      resize();
      promote(exactNow);
      number();
    }
    writeActions();
    if (!in_.paused) pruneHistory();
    report();
    return std::move(out_);
  }

 private:
  [[nodiscard]] const ReplicaSetView* goal() const {
    return revisions_.goal ? &revisions_.sets[*revisions_.goal] : nullptr;
  }
  [[nodiscard]] bool isStable(std::optional<size_t> index) const { return index && index == revisions_.stable; }
  /// The target is on its way to become the whole app, and has not been that since.
  [[nodiscard]] bool rolling() const { return goalIsTarget_ && !isStable(revisions_.goal); }
  [[nodiscard]] std::string stableName() const {
    return revisions_.stable ? revisions_.sets[*revisions_.stable].revision : std::string();
  }
  /// A canary goes its steps; without a stable revision beside it there is nobody to compare it with.
  [[nodiscard]] bool besideStable() const {
    return in_.spec.strategy == RolloutStrategy::Canary && rolling() && revisions_.stable.has_value();
  }
  [[nodiscard]] int32_t available(std::optional<size_t> set) const {
    return set ? std::min(revisions_.sets[*set].available, revisions_.sets[*set].replicas) : 0;
  }
  void lookAgainAt(std::optional<WallTime> time) {
    // What is over already needs no second look; without this a missed deadline would be looked at without a pause.
    if (!time || *time <= now_) return;
    if (!out_.lookAgain || *time < *out_.lookAgain) out_.lookAgain = time;
  }

  void findRevisions() {
    for (size_t i = 0; i < revisions_.sets.size(); ++i) {
      const RevisionRecord& record = records_[i];
      if (revisions_.sets[i].revision == in_.target.hash) target_ = i;
      if (!record.promotedAt) continue;
      const auto key = [&](size_t set) { return std::tie(*records_[set].promotedAt, records_[set].number); };
      if (!revisions_.stable || key(i) > key(*revisions_.stable)) revisions_.stable = i;
    }
  }

  /// A revision that failed once is tried again when the user asks for it after having asked for something else.
  void forgetOldFailures() {
    for (size_t i = 0; i < records_.size(); ++i) {
      if (i != target_) records_[i].failed.clear();
    }
  }

  void takeCommand() {
    if (!in_.command) return;
    const bool underWay =
        target_ && revisions_.stable && target_ != revisions_.stable && records_[*target_].failed.empty();
    switch (*in_.command) {
      case Command::Retry:
        if (target_ && !records_[*target_].failed.empty()) {
          records_[*target_].failed.clear();
          retried_ = true;
          out_.commandResult = fmt::format("revision {} is tried again", in_.target.hash);
        } else {
          out_.commandResult = "nothing failed, so there is nothing to retry";
        }
        return;
      case Command::Abort:
        if (underWay) {
          fail({"Aborted", "a command asked for it"});
          out_.commandResult = fmt::format("back to revision {}", stableName());
        } else {
          out_.commandResult = "no rollout is under way that could be aborted";
        }
        return;
      case Command::Promote:
      case Command::PromoteFull:
        promoteAsked_ = underWay;
        out_.commandResult = underWay ? fmt::format("revision {} goes on", in_.target.hash)
                                      : "no rollout is under way that could be promoted";
        return;
    }
  }

  void fail(const Failure& failure) {
    records_[*target_].failed = fmt::format("{}: {}", failure.reason, failure.message);
    out_.events.push_back({.warning = true,
                           .reason = "RolledBack",
                           .message = fmt::format("revision {} is undone, {} serves: {}", in_.target.hash, stableName(),
                                                  records_[*target_].failed)});
  }

  void chooseGoal() {
    const bool failed = target_ && !records_[*target_].failed.empty();
    goalIsTarget_ = !(failed && revisions_.stable && revisions_.stable != target_);
    revisions_.goal = goalIsTarget_ ? target_ : revisions_.stable;
    out_.rolledBack = !goalIsTarget_;
  }

  void remember() {
    const std::string revision = goalIsTarget_ ? in_.target.hash : stableName();
    const std::string steps = stepsHash(in_.spec.steps);
    memory_ = in_.status.rollout;
    if (memory_.revision != revision || memory_.stepsHash != steps || retried_) {
      const bool sameRevision = memory_.revision == revision && !retried_;
      memory_ = {.revision = revision,
                 .stepsHash = steps,
                 .startedAt = sameRevision && memory_.startedAt ? memory_.startedAt : std::optional(now_)};
      // What spoke against the revision that is undone stays to be read.
      if (!goalIsTarget_ && in_.status.rollout.revision == in_.target.hash)
        memory_.analysis = in_.status.rollout.analysis;
    }
    memory_.stepCount = rolling() ? static_cast<int32_t>(in_.spec.steps.size()) : 0;
    memory_.message.clear();
    // Without steps that are left to skip, all that can be skipped is the wait for a switch or for an analysis.
    const bool lastStep = in_.spec.strategy != RolloutStrategy::Canary || memory_.stepIndex >= memory_.stepCount;
    if (promoteAsked_ && (in_.command == Command::PromoteFull || lastStep)) memory_.promoteFull = true;
    if (in_.paused) memory_.progressedAt.reset();
  }

  /// Progress, and what happens when there is none.
  void judge() {
    if (!rolling()) {
      memory_.progressedAt.reset();
      return;
    }
    const ReplicaSetView* updated = goal();
    int32_t wanted = in_.desired;
    if (besideStable()) {
      const int32_t index = memory_.promoteFull ? memory_.stepCount : memory_.stepIndex;
      wanted = canaryCounts(in_.desired, weightAt(in_.spec.steps, index), limits_.surge).canary;
    }
    const int32_t inPlace = std::min(available(revisions_.goal), wanted);
    // A revision that has all its pods is not late, even if the operator was away when they came. What the stable side
    // of a canary still lacks speaks against nobody that could be gone back to.
    const bool arrived = inPlace >= wanted;
    const int32_t given = updated == nullptr ? 0 : updated->replicas;
    noteProgress(memory_, {inPlace, given}, in_.desired, !arrived && !memory_.pausedAt, now_);
    failure_ = findFailure(in_, memory_, updated, now_);
    if (failure_ && in_.spec.autoRollback && target_ && revisions_.stable) {
      fail(*failure_);
      chooseGoal();
      remember();
    } else if (!failure_) {
      // A deadline that has passed is not one to look forward to: that would be a hot loop.
      lookAgainAt(deadlineOf(memory_, in_.spec));
    }
  }

  void resize() {
    int64_t cap = int64_t{in_.desired} + limits_.surge;
    int32_t floor = in_.desired - limits_.unavailable;
    switch (in_.spec.strategy) {
      case RolloutStrategy::Recreate:
        sizes_ = recreateSizes(revisions_, in_.desired);
        cap = in_.desired;
        floor = 0;
        break;
      case RolloutStrategy::BlueGreen:
        sizes_ = blueGreenSizes(revisions_, in_.desired, oldSideMayGo());
        cap = int64_t{2} * in_.desired;
        break;
      case RolloutStrategy::Canary:
        if (besideStable()) {
          sizes_ = canary();
          break;
        }
        [[fallthrough]];
      case RolloutStrategy::RollingUpdate:
        scaled_ = needsScaling(revisions_, in_.desired);
        if (scaled_) {
          sizes_ = scaledSizes(revisions_, in_.desired, limits_);
        } else if (!standsStill()) {
          sizes_ = rollingSizes(revisions_, in_.desired, limits_);
        }
        break;
    }
    if (!besideStable()) notePause();
    if (in_.spec.strategy != RolloutStrategy::Recreate)
      sizes_ = withinLimits(std::move(sizes_), revisions_, floor, cap);
    recordSizes(cap);
  }

  void recordSizes(int64_t cap) {
    const SizedFor sized{in_.desired, static_cast<int32_t>(std::min<int64_t>(cap, INT32_MAX))};
    for (size_t i = 0; i < records_.size(); ++i) {
      const bool resized = sizes_.replicas[i] != revisions_.sets[i].replicas;
      if (resized || (scaled_ && revisions_.sets[i].replicas > 0)) records_[i].sizedFor = sized;
    }
    created_.sizedFor = sized;
  }

  [[nodiscard]] bool oldSideMayGo() {
    if (!isStable(revisions_.goal)) return true;
    const WallTime end = *records_[*revisions_.goal].promotedAt + in_.spec.scaleDownDelay;
    if (now_ >= end || out_.rolledBack) return true;
    const bool old = std::ranges::any_of(revisions_.sets, [this](const ReplicaSetView& set) {
      return set.replicas > 0 && set.revision != goal()->revision;
    });
    // One second more: `now` was rounded down, and looking a moment early would be looking for nothing.
    if (old) lookAgainAt(std::chrono::ceil<std::chrono::seconds>(end));
    return false;
  }

  Sizes canary() {
    const auto settled = [&](int32_t weight) {
      const CanaryCounts want = canaryCounts(in_.desired, weight, limits_.surge);
      for (size_t i = 0; i < revisions_.sets.size(); ++i) {
        const bool older = i != revisions_.goal && i != revisions_.stable;
        if (older && revisions_.sets[i].available > 0) return false;
      }
      const int32_t canaryReplicas = goal() == nullptr ? 0 : goal()->replicas;
      return canaryReplicas == want.canary && revisions_.sets[*revisions_.stable].replicas == want.stable &&
             available(revisions_.goal) >= want.canary && available(revisions_.stable) >= want.stable;
    };
    CanaryProgress at = advance(in_.spec, memory_, promoteAsked_, in_.stepAnalysis, now_, settled);
    const bool still = standsStill();
    const bool ends = at.stepIndex == memory_.stepCount && memory_.stepIndex < memory_.stepCount;
    if (still || (ends && !mayFinish())) {
      at = stay(at, still);
      // After the last step nothing is left that a person could skip but the wait for the analysis.
      if (promoteAsked_ && ends) memory_.promoteFull = true;
    }
    // A step that was taken is progress, and while one waits no deadline runs.
    if (at.waits) {
      memory_.progressedAt.reset();
    } else if (at.stepIndex != memory_.stepIndex) {
      memory_.progressedAt = now_;
      memory_.availableHighWater = memory_.replicasHighWater = 0;
    }
    memory_.stepIndex = at.stepIndex;
    memory_.pausedAt = at.pausedAt;
    memory_.desiredWeight = at.weight;
    stepsDone_ = at.stepIndex == static_cast<int32_t>(in_.spec.steps.size());
    const int64_t canaries = available(revisions_.goal);
    const int64_t all = canaries + available(revisions_.stable);
    memory_.weight = all == 0 ? 0 : static_cast<int32_t>((100 * canaries + all / 2) / all);
    memory_.message = at.why;
    out_.why.push_back(at.why);
    lookAgainAt(at.lookAgain);
    const CanaryCounts want = still ? asTheyAre() : canaryCounts(in_.desired, at.weight, limits_.surge);
    return canarySizes(revisions_, want, in_.desired, limits_);
  }

  /// In the step as it was, although it may be done.
  [[nodiscard]] CanaryProgress stay(const CanaryProgress& on, bool still) const {
    const bool sameStep = on.stepIndex == memory_.stepIndex;
    CanaryProgress at{.stepIndex = memory_.stepIndex,
                      .weight = weightAt(in_.spec.steps, memory_.stepIndex),
                      .pausedAt = sameStep ? on.pausedAt : memory_.pausedAt,
                      .lookAgain = sameStep ? on.lookAgain : std::nullopt,
                      .waits = (sameStep && on.waits) || goalHasItsPods(),
                      .why = in_.background->message};
    if (still && goalHasItsPods()) at.pausedAt = memory_.pausedAt ? memory_.pausedAt : now_;
    return at;
  }

  /// The canary keeps its pods, and the stable side makes up for the rest of the count, which may change meanwhile.
  [[nodiscard]] CanaryCounts asTheyAre() const {
    const int32_t canary = std::min(goal()->replicas, in_.desired);
    const int32_t least = in_.desired - canary;
    return {.canary = canary,
            .stable = std::clamp(revisions_.sets[*revisions_.stable].replicas, least, least + limits_.surge)};
  }

  [[nodiscard]] bool goalHasItsPods() const {
    return goal() != nullptr && available(revisions_.goal) >= goal()->replicas;
  }

  /// How a rollout without steps shows that it waits for an analysis; a canary has its own account.
  void notePause() {
    const bool still = standsStill();
    if (still) memory_.message = in_.background->message;
    if (still && goalHasItsPods()) {
      if (!memory_.pausedAt) memory_.pausedAt = now_;
      memory_.progressedAt.reset();
    } else {
      memory_.pausedAt.reset();
    }
  }

  [[nodiscard]] bool goalIsWhole() const {
    const ReplicaSetView* updated = goal();
    if (updated == nullptr || updated->replicas != in_.desired || updated->available < in_.desired) return false;
    return std::ranges::all_of(revisions_.sets, [&](const ReplicaSetView& set) {
      return set.replicas == 0 || set.revision == updated->revision;
    });
  }

  /// The goal becomes the stable revision. Not at zero pods: a version of which none ever ran has proved nothing.
  void promote(WallTime exactNow) {
    if (!rolling() || goal() == nullptr || in_.desired == 0) return;
    const bool switchOver = in_.spec.strategy == RolloutStrategy::BlueGreen && revisions_.stable &&
                            goal()->replicas >= in_.desired && goal()->available >= in_.desired &&
                            (in_.spec.autoPromote || memory_.promoteFull);
    if (!switchOver && !(goalIsWhole() && stepsDone_)) return;
    if (!mayFinish()) {
      memory_.message = in_.background->message;
      return;
    }
    // Two promotions have an order even if the machine's clock was set back between them.
    WallTime at = exactNow;
    if (revisions_.stable) at = std::max(at, *records_[*revisions_.stable].promotedAt + std::chrono::milliseconds(1));
    records_[*revisions_.goal].promotedAt = at;
    revisions_.stable = revisions_.goal;
    memory_ = {.revision = memory_.revision, .stepsHash = memory_.stepsHash, .startedAt = memory_.startedAt};
    out_.lookAgain.reset();
    if (switchOver) lookAgainAt(std::chrono::ceil<std::chrono::seconds>(at + in_.spec.scaleDownDelay));
    out_.events.push_back(
        {.reason = "RolloutCompleted", .message = fmt::format("revision {} is the whole app", in_.target.hash)});
  }

  /// An analysis that cannot tell, or that failed where nothing may be undone, keeps everything where it is.
  [[nodiscard]] bool standsStill() const {
    return in_.background && in_.background->result >= Verdict::Result::Inconclusive && !memory_.promoteFull &&
           !promoteAsked_ && rolling() && revisions_.stable && goal() != nullptr;
  }
  /// Nothing takes the stable revision's place before it was found good.
  [[nodiscard]] bool mayFinish() const {
    return !in_.background || in_.background->result <= Verdict::Result::Running || memory_.promoteFull ||
           !revisions_.stable;
  }

  /// The user's latest wish has the highest number, also when it is a revision that existed before.
  void number() {
    int64_t highest = 0;
    for (const RevisionRecord& record : records_) highest = std::max(highest, record.number);
    created_.number = highest + 1;
    created_.fingerprint = in_.target.fingerprint;
    if (goalIsTarget_ && target_ && records_[*target_].number < highest) records_[*target_].number = highest + 1;
  }

  std::optional<UpdateReplicaSet> update(size_t i) const {
    const ReplicaSetView& set = revisions_.sets[i];
    UpdateReplicaSet update{.name = set.name, .from = set.replicas};
    if (sizes_.replicas[i] != set.replicas) update.replicas = sizes_.replicas[i];
    const auto before = annotationsOf(set.record);
    const auto after = annotationsOf(records_[i]);
    for (const auto& [name, value] : after) {
      const auto old = before.find(name);
      if (old == before.end() || old->second != value) update.annotations[name] = value;
    }
    for (const auto& [name, value] : before) {
      if (!after.contains(name)) update.annotations[name] = std::nullopt;
    }
    if (!update.replicas && update.annotations.empty()) return std::nullopt;
    return update;
  }

  /// What failed first, so that dying in the middle cannot forget it; then what shrinks, which makes the room for what
  /// grows.
  void writeActions() {
    std::vector<UpdateReplicaSet> first, shrink, grow;
    for (size_t i = 0; i < revisions_.sets.size(); ++i) {
      const std::optional<UpdateReplicaSet> change = update(i);
      if (!change) continue;
      const int32_t size = sizes_.replicas[i];
      if (size != change->from) {
        out_.why.push_back(
            fmt::format("revision {} from {} to {} pods", revisions_.sets[i].revision, change->from, size));
      }
      if (size > change->from) {
        grow.push_back(*change);
      } else {
        const bool failedNow = records_[i].failed != revisions_.sets[i].record.failed && !records_[i].failed.empty();
        (failedNow ? first : shrink).push_back(*change);
      }
    }
    for (const auto* group : {&first, &shrink, &grow}) {
      out_.actions.insert(out_.actions.end(), group->begin(), group->end());
    }
    // While sizes are adjusted to a new count, and while Recreate waits for the old pods, nothing is created yet.
    const bool late = in_.spec.strategy == RolloutStrategy::Recreate && in_.desired > 0 && sizes_.created == 0;
    if (in_.paused || revisions_.goal || late || (scaled_ && !out_.actions.empty())) return;
    out_.actions.emplace_back(CreateReplicaSet{in_.target, sizes_.created, created_});
    out_.why.push_back(fmt::format("revision {} is new, with {} pods at first", in_.target.hash, sizes_.created));
  }

  void pruneHistory() {
    if (!out_.actions.empty() || !goalIsWhole()) return;
    std::vector<const ReplicaSetView*> old;
    for (size_t i = 0; i < revisions_.sets.size(); ++i) {
      const ReplicaSetView& set = revisions_.sets[i];
      const bool kept = i == revisions_.goal || i == revisions_.stable || i == target_;
      if (!kept && set.replicas == 0 && set.pods == 0) old.push_back(&set);
    }
    std::ranges::sort(old, {}, [](const ReplicaSetView* set) { return set->record.number; });
    const auto excess = static_cast<int64_t>(old.size()) - in_.revisionHistoryLimit;
    for (int64_t i = 0; i < excess; ++i) out_.actions.emplace_back(DeleteReplicaSet{old[static_cast<size_t>(i)]->name});
  }

  void report() {
    int64_t available = 0;
    for (const ReplicaSetView& set : revisions_.sets) {
      out_.counts.replicas += set.pods;
      out_.counts.readyReplicas += set.ready;
      available += std::min(set.available, set.replicas);
    }
    out_.counts.availableReplicas = static_cast<int32_t>(available);
    if (target_) out_.counts.updatedReplicas = revisions_.sets[*target_].replicas;
    out_.complete = goalIsTarget_ && goalIsWhole() && (isStable(revisions_.goal) || in_.desired == 0);
    out_.status = {.stableRevision = stableName(), .currentRevision = in_.target.hash, .rollout = memory_};
    if (in_.spec.strategy == RolloutStrategy::BlueGreen) {
      out_.activeRevision = revisions_.stable ? stableName() : in_.target.hash;
      out_.previewRevision = goalIsTarget_ ? in_.target.hash : out_.activeRevision;
    }
    const int32_t needed = in_.desired - limits_.unavailable;
    out_.available = available >= needed
                         ? ConditionValue{"Available", api::ConditionStatus::True, "MinimumReplicasAvailable",
                                          fmt::format("{} of {} pods are available", available, in_.desired)}
                         : ConditionValue{"Available", api::ConditionStatus::False, "MinimumReplicasUnavailable",
                                          fmt::format("{} pods are available, {} are needed", available, needed)};
    out_.progressing = progressing();
  }

  ConditionValue progressing() const {
    using enum api::ConditionStatus;
    const auto value = [](api::ConditionStatus status, std::string reason, std::string message) {
      return ConditionValue{"Progressing", status, std::move(reason), std::move(message)};
    };
    if (out_.rolledBack) {
      return value(False, "RolledBack",
                   fmt::format("revision {} was undone, {} serves: {}; change the template or ask for retry",
                               in_.target.hash, stableName(), records_[*target_].failed));
    }
    if (in_.paused) return value(Unknown, "Paused", "spec.paused is set");
    if (out_.complete) {
      return value(True, "NewReplicaSetAvailable", fmt::format("revision {} is the whole app", in_.target.hash));
    }
    if (failure_) {
      const bool judged = failure_->reason.starts_with("Analysis");
      return value(False, judged ? failure_->reason : "ProgressDeadlineExceeded",
                   fmt::format("revision {}: {}: {}", in_.target.hash, failure_->reason, failure_->message));
    }
    if (goal() == nullptr) {
      return value(True, "NewReplicaSetCreated", fmt::format("revision {} is being created", in_.target.hash));
    }
    std::string message = fmt::format("revision {}: {} of {} pods are available", in_.target.hash,
                                      std::min(goal()->available, goal()->replicas), in_.desired);
    if (!memory_.message.empty()) message += "; " + memory_.message;
    if (const PodProblem* problem = worstProblem(goal()->problems)) {
      message += fmt::format("; {}: {}", problem->reason, problem->message);
    }
    return value(True, rolling() ? "ReplicaSetUpdated" : "NewReplicaSetAvailable", std::move(message));
  }

  const RolloutInput& in_;
  const WallTime now_;
  const Limits limits_;
  Revisions revisions_;
  std::vector<RevisionRecord> records_;  ///< of revisions_.sets, as they are to become
  RevisionRecord created_;               ///< of the ReplicaSet that may be created
  Sizes sizes_;
  std::optional<size_t> target_;
  bool goalIsTarget_ = true;
  bool retried_ = false;
  bool promoteAsked_ = false;
  bool scaled_ = false;
  bool stepsDone_ = true;
  std::optional<Failure> failure_;
  api::RolloutStatus memory_;
  RolloutDecision out_;
};

}  // namespace

std::optional<Command> parseCommand(std::string_view text) {
  if (text == "promote") return Command::Promote;
  if (text == "promote-full") return Command::PromoteFull;
  if (text == "abort") return Command::Abort;
  if (text == "retry") return Command::Retry;
  return std::nullopt;
}

RolloutDecision decideRollout(const RolloutInput& in, WallTime now) { return Decision(in, now).run(now); }

}  // namespace tidewright::decide
