#include "operator/kube/controller.h"

#include <exception>
#include <utility>

namespace tidewright::kube {
namespace {

/// A reconcile that throws has a fault, but not one that may end the program for all other objects.
Result<Requeue> guarded(const Reconcile& reconcile, const QueueState::Taken& taken, std::stop_token stop) {
  try {
    return reconcile(taken.key, taken.cause, std::move(stop));
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::Internal, "reconcile {} threw: {}", taken.key.toString(), thrown.what());
  }
}

ReconcileResult judge(const Result<Requeue>& outcome) {
  if (outcome) return outcome->after ? ReconcileResult::RequeueAfter : ReconcileResult::Success;
  return outcome.error().code() == ErrorCode::Invalid ? ReconcileResult::TerminalError : ReconcileResult::Error;
}

}  // namespace

std::string_view toString(ReconcileResult result) {
  switch (result) {
    case ReconcileResult::Success: return "success";
    case ReconcileResult::RequeueAfter: return "requeue_after";
    case ReconcileResult::Error: return "error";
    case ReconcileResult::TerminalError: return "terminal_error";
  }
  return "error";
}

Controller::Controller(Queue& queue, const Clock& clock, Reconcile reconcile, ReconcileObserver observer)
    : queue_(queue), clock_(clock), reconcile_(std::move(reconcile)), observer_(std::move(observer)) {}

void Controller::start(int workers) {
  for (int i = 0; i < workers; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) {
      while (const auto taken = queue_.take(stop)) work(*taken, stop);
    });
  }
}

void Controller::stop() {
  for (std::jthread& worker : workers_) worker.request_stop();
  workers_.clear();
}

bool Controller::workOnce(std::stop_token stop) {
  const auto taken = queue_.tryTake();
  if (taken) work(*taken, std::move(stop));
  return taken.has_value();
}

void Controller::work(const QueueState::Taken& taken, std::stop_token stop) {
  const MonoTime began = clock_.mono();
  const Result<Requeue> outcome = guarded(reconcile_, taken, std::move(stop));
  const ReconcileResult result = judge(outcome);
  switch (result) {
    case ReconcileResult::Error: queue_.retry(taken); break;
    case ReconcileResult::RequeueAfter:
      queue_.addAfter(taken.key, *outcome->after, Priority::Low, Cause::Tick);
      [[fallthrough]];
    case ReconcileResult::Success:
    case ReconcileResult::TerminalError: queue_.forget(taken.key); break;
  }
  queue_.done(taken.key);
  if (observer_) observer_(taken.key, result, outcome ? nullptr : &outcome.error(), clock_.mono() - began);
}

}  // namespace tidewright::kube
