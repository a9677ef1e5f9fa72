#include "operator/decide/canary_steps.h"

#include <variant>

#include <fmt/ranges.h>

#include "operator/api/template_revision.h"

namespace tidewright::decide {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

StepOutcome pause(const api::Pause& step, std::optional<WallTime> pausedAt, WallTime now) {
  if (!step.duration) return {.waits = true, .why = "paused until somebody promotes"};
  const WallTime end = pausedAt.value_or(now) + *step.duration;
  if (now >= end) return {.done = true, .waits = true};
  return {.waits = true, .lookAgain = end, .why = fmt::format("paused for {} s", step.duration->count())};
}

}  // namespace

std::string stepsHash(std::span<const api::RolloutStep> steps) {
  if (steps.empty()) return {};
  std::string text;
  for (const api::RolloutStep& step : steps) {
    if (const auto* set = std::get_if<api::SetWeight>(&step)) text += fmt::format("weight {};", set->weight);
    if (const auto* pause = std::get_if<api::Pause>(&step)) {
      text += fmt::format("pause {};", pause->duration ? pause->duration->count() : -1);
    }
    if (const auto* analysis = std::get_if<api::AnalysisStep>(&step)) {
      text += fmt::format("analysis {};", fmt::join(analysis->metrics, ","));
    }
  }
  return api::safeEncode(api::fnv1a(text), 10);
}

int32_t weightAt(std::span<const api::RolloutStep> steps, int32_t index) {
  if (index >= static_cast<int32_t>(steps.size())) return 100;
  for (int32_t i = index; i >= 0; --i) {
    if (const auto* set = std::get_if<api::SetWeight>(&steps[static_cast<size_t>(i)])) return set->weight;
  }
  return 0;
}

StepOutcome takeStep(const api::RolloutStep& step, std::optional<WallTime> pausedAt, bool promote,
                     const std::optional<Verdict>& verdict, bool settled, WallTime now) {
  return std::visit(
      Overloaded{[&](const api::SetWeight& s) -> StepOutcome {
                   if (settled) return {.done = true};
                   return {.why = fmt::format("moving to weight {}", s.weight)};
                 },
                 [&](const api::Pause& s) -> StepOutcome {
                   if (promote) return {.done = true, .waits = true};
                   return pause(s, pausedAt, now);
                 },
                 [&](const api::AnalysisStep&) -> StepOutcome {
                   const bool good = verdict && verdict->result == Verdict::Result::Successful;
                   if (promote || good) return {.done = true, .waits = true};
                   return {.waits = true,
                           .why = verdict && !verdict->message.empty() ? verdict->message : "an analysis is running"};
                 }},
      step);
}

}  // namespace tidewright::decide
