#include "operator/kube/leader_election.h"

#include <utility>
#include <variant>

#include "operator/kube/fields.h"
#include "operator/timestamp.h"

namespace tidewright::kube {
namespace {

const ResourceKind kLeases{.group = "coordination.k8s.io", .version = "v1", .plural = "leases", .kind = "Lease"};

/// Of one tick: look, take what is free, look again after a conflict, and no more.
constexpr int kMostActions = 3;

ClientOptions clientOptions(const LeaseConfig& config) {
  // One try: the next tick is the retry. Half the deadline leaves room for a second one.
  return {.fieldManager = "leader-election",
          .timeout = std::chrono::duration_cast<std::chrono::milliseconds>(config.renewDeadline / 2),
          .tries = 1};
}

std::string versionOf(const Json& object) { return fields::text(fields::at(object, "metadata", "resourceVersion")); }
std::string holderOf(const Json& object) { return fields::text(fields::at(object, "spec", "holderIdentity")); }

}  // namespace

LeaderElection::LeaderElection(http::Transport& transport, const Clock& clock, ObjectKey lease, LeaseConfig config,
                               LeaderCallbacks callbacks, Random random)
    : clock_(clock),
      lease_(std::move(lease)),
      config_(std::move(config)),
      callbacks_(std::move(callbacks)),
      client_(transport, clientOptions(config_)),
      random_(std::move(random)),
      state_(Standby{}) {}

void LeaderElection::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!std::holds_alternative<Lost>(state()) && sleepFor(step(stop), stop)) {
    }
  });
}

void LeaderElection::stop() {
  if (!thread_.joinable()) return;
  thread_ = {};
  release();
}

bool LeaderElection::isLeading() const {
  const std::lock_guard lock(mutex_);
  return mayWrite(state_, config_, clock_.mono());
}

LeaseState LeaderElection::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void LeaderElection::enter(LeaseState next) {
  const bool led = std::holds_alternative<Leading>(state());
  const bool leads = std::holds_alternative<Leading>(next);
  const auto* lost = std::get_if<Lost>(&next);
  {
    const std::lock_guard lock(mutex_);
    state_ = next;
  }
  if (!led && leads && callbacks_.onLeading) callbacks_.onLeading();
  if (led && lost != nullptr && callbacks_.onLost) callbacks_.onLost(lost->why);
}

std::chrono::nanoseconds LeaderElection::step(std::stop_token stop) {
  LeaseEvent event = LeaseTick{};
  for (int actions = 0; !stop.stop_requested(); ++actions) {
    auto [next, action] = transition(state(), event, config_, clock_.mono());
    enter(std::move(next));
    if (action == LeaseAction::None || action == LeaseAction::Exit || actions == kMostActions) break;
    event = perform(action, stop);
  }
  const double jitter = 0.9 + 0.2 * random_();
  return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(config_.retryPeriod.count()) * jitter));
}

LeaseEvent LeaderElection::perform(LeaseAction action, const std::stop_token& stop) {
  return action == LeaseAction::Read ? read(stop) : write(action == LeaseAction::Create, config_.identity, stop);
}

LeaseEvent LeaderElection::read(const std::stop_token& stop) {
  Result<Json> lease = client_.get(kLeases, lease_, stop);
  if (!lease && lease.error().code() == ErrorCode::NotFound) return LeaseAbsent{};
  if (!lease) {
    report(lease.error());
    return LeaseNoAnswer{};
  }
  last_ = *std::move(lease);
  return LeaseRead{.holder = holderOf(last_),
                   .version = versionOf(last_),
                   .duration = std::chrono::seconds(
                       fields::integer<std::int32_t>(fields::at(last_, "spec", "leaseDurationSeconds")))};
}

LeaseEvent LeaderElection::write(bool create, const std::string& holder, const std::stop_token& stop) {
  const MonoTime askedAt = clock_.mono();
  const Json object = leaseObject(create, holder);
  Result<Json> written =
      create ? client_.create(kLeases, lease_.ns, object, stop) : client_.update(kLeases, lease_, object, stop);
  if (written) {
    last_ = *std::move(written);
    return LeaseWritten{.version = versionOf(last_), .askedAt = askedAt};
  }
  const ErrorCode code = written.error().code();
  if (code == ErrorCode::Conflict || code == ErrorCode::AlreadyExists) return read(stop);
  if (code == ErrorCode::NotFound && !create) return LeaseAbsent{};
  report(written.error());
  return LeaseNoAnswer{};
}

Json LeaderElection::leaseObject(bool create, const std::string& holder) const {
  const std::string now = formatMicroTime(clock_.wall());
  Json object = last_;
  if (create || !object.is_object()) {
    object = {{"apiVersion", "coordination.k8s.io/v1"},
              {"kind", "Lease"},
              {"metadata", {{"namespace", lease_.ns}, {"name", lease_.name}}}};
  }
  Json& spec = object["spec"];
  if (!holder.empty() && holderOf(object) != holder) {
    spec["acquireTime"] = now;
    if (!create) spec["leaseTransitions"] = fields::integer<std::int32_t>(fields::at(spec, "leaseTransitions")) + 1;
  }
  spec["holderIdentity"] = holder;
  spec["renewTime"] = now;
  // Given back: whoever looks at the duration only need not wait either.
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(config_.duration).count();
  spec["leaseDurationSeconds"] = holder.empty() ? 1 : seconds;
  return object;
}

void LeaderElection::release() {
  // Past the deadline it may be another's by now; the version would refuse us, but there is nothing to give back.
  if (!isLeading()) return;
  {
    const std::lock_guard lock(mutex_);
    state_ = Lost{"released"};
  }
  const LeaseEvent answer = write(false, "", {});
  // A renewal that the end cut off was taken all the same: its answer would have had the version that is needed.
  const auto* ours = std::get_if<LeaseRead>(&answer);
  if (ours != nullptr && ours->holder == config_.identity) (void)write(false, "", {});
}

void LeaderElection::report(const Error& error) const {
  if (callbacks_.onError) callbacks_.onError(error);
}

}  // namespace tidewright::kube
