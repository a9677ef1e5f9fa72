#pragma once

#include <string>

#include "operator/control/app_object.h"
#include "operator/control/log.h"
#include "operator/control/plan.h"
#include "operator/control/refusal.h"
#include "operator/kube/events.h"

namespace tidewright::control {

/// Tells people of one reconcile of one app: an Event and a log line for each thing that changed. What it is made of
/// must outlive it.
class Teller {
 public:
  Teller(kube::EventRecorder& events, const Log& log, const AppObject& object)
      : events_(events), log_(log), object_(object) {}

  void event(bool warning, std::string reason, std::string action, std::string note) const;
  /// The counts that changed, with what led to them.
  void scaled(const Plan& plan) const;
  /// Every decision of the autoscaler, for who debugs: what it was made from, enough for `kubectl-tide simulate`.
  void decided(const Plan& plan) const;
  void decided(const Scaled& scaled, const std::string& shard) const;
  /// The turns that rollouts took.
  void rolled(const Plan& plan) const;
  /// Once, when it is new or another than before.
  void refused(const api::ScaledAppStatus& before, const Refusal& refusal) const;
  /// Warnings for what a person should change, when a condition begins to say so.
  void warned(const api::ScaledAppStatus& before, const api::ScaledAppStatus& after) const;

 private:
  [[nodiscard]] std::string app() const { return object_.meta.key().toString(); }

  kube::EventRecorder& events_;
  const Log& log_;
  const AppObject& object_;
};

}  // namespace tidewright::control
