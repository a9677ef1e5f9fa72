#include "operator/decide/measurement.h"

#include <algorithm>
#include <optional>
#include <variant>

#include <fmt/format.h>

namespace tidewright::decide {
namespace {

using api::AnalysisMetric;
using api::Measurement;
using api::MetricAnalysis;
using Phase = MetricAnalysis::Phase;

constexpr std::chrono::seconds kAfterError{10};

/// Ten of them of twenty metrics are kept in an object that has to stay small.
constexpr size_t kLongestMessage = 300;

/// Cut between two characters, never within one.
std::string cut(std::string text) {
  if (text.size() <= kLongestMessage) return text;
  size_t end = kLongestMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + " ...";
}

Measurement::Result ofNoData(AnalysisMetric::OnNoData onNoData) {
  switch (onNoData) {
    case AnalysisMetric::OnNoData::Pause: return Measurement::Result::Inconclusive;
    case AnalysisMetric::OnNoData::Fail: return Measurement::Result::Failed;
    case AnalysisMetric::OnNoData::Ignore: return Measurement::Result::Ignored;
  }
  return Measurement::Result::Inconclusive;
}

Measurement measurementOf(const AnalysisMetric& metric, const Observation& seen) {
  using enum Measurement::Result;
  Measurement out{.result = Inconclusive, .at = std::chrono::floor<std::chrono::microseconds>(seen.at)};
  if (const auto* number = std::get_if<api::Number>(&seen.sample)) {
    out.value = number->value;
    out.result = metric.successWhen.holds(number->value) ? Successful : Failed;
    return out;
  }
  out.message = cut(std::get<api::Unknown>(seen.sample).reason);
  switch (seen.kind) {
    case Observation::Kind::Answered: out.result = ofNoData(metric.onNoData); break;
    case Observation::Kind::NoAnswer: out.result = Inconclusive; break;
    case Observation::Kind::Refused: out.result = Error; break;
  }
  return out;
}

void count(MetricAnalysis& state, Measurement::Result result) {
  // What is "in a row" ends with any answer.
  if (result != Measurement::Result::Error) state.consecutiveErrors = 0;
  switch (result) {
    case Measurement::Result::Successful: ++state.successful; break;
    case Measurement::Result::Failed: ++state.failed; break;
    case Measurement::Result::Inconclusive: ++state.inconclusive; break;
    case Measurement::Result::Ignored: ++state.ignored; break;
    case Measurement::Result::Error: ++state.consecutiveErrors; break;
  }
}

/// There is a last one.
bool lastWas(const MetricAnalysis& state, Measurement::Result result) {
  return state.measurements.back().result == result;
}

bool enoughSamples(const AnalysisMetric& metric, const MetricAnalysis& state) {
  return int64_t{state.successful} + state.failed >= metric.minSamples.value_or(0);
}

/// How many measurements end it; none: it goes on as long as the rollout.
std::optional<int32_t> wantedCount(const AnalysisMetric& metric, const MetricAnalysis& state) {
  if (metric.count) return metric.count;
  return state.step ? std::optional(1) : std::nullopt;
}

int64_t counted(const MetricAnalysis& state) { return int64_t{state.successful} + state.failed + state.ignored; }

Phase phaseOf(const AnalysisMetric& metric, const MetricAnalysis& state) {
  const bool enough = enoughSamples(metric, state);
  if (enough && state.failed > metric.failureLimit) return Phase::Failed;
  if (state.consecutiveErrors > metric.consecutiveErrorLimit) return Phase::Error;
  if (lastWas(state, Measurement::Result::Inconclusive) && state.inconclusive > metric.inconclusiveLimit) {
    return Phase::Inconclusive;
  }
  const std::optional<int32_t> wanted = wantedCount(metric, state);
  // Never on measurements that were failed more often than allowed, and are too few to say so.
  if (enough && wanted && counted(state) >= *wanted) return Phase::Successful;
  return Phase::Running;
}

std::string shown(const AnalysisMetric& metric, const Measurement& last) {
  return last.value ? fmt::format("{} is {:.6g}", metric.name, *last.value)
                    : fmt::format("{}: {}", metric.name, last.message);
}

std::string messageOf(const AnalysisMetric& metric, const MetricAnalysis& state) {
  const Measurement* last = &state.measurements.back();
  if (state.phase == Phase::Failed) {
    // With minSamples the verdict may come later than what it is about.
    for (const Measurement& one : state.measurements) {
      if (one.result == Measurement::Result::Failed) last = &one;
    }
  }
  const std::string now = shown(metric, *last);
  switch (state.phase) {
    case Phase::Failed:
      return fmt::format("{}, wanted is {}; {} of {} measurements failed, {} may", now, metric.successWhen.text,
                         state.failed, counted(state), metric.failureLimit);
    case Phase::Error:
      return fmt::format("{}; {} times in a row, {} may be", now, state.consecutiveErrors,
                         metric.consecutiveErrorLimit);
    case Phase::Inconclusive: return now + "; nobody knows how the new revision does";
    case Phase::Successful: return fmt::format("{}, wanted is {}", now, metric.successWhen.text);
    case Phase::Running: break;
  }
  std::string text = fmt::format("{}, wanted is {}", now, metric.successWhen.text);
  if (const auto wanted = wantedCount(metric, state))
    text += fmt::format("; {} of {} measurements", counted(state), *wanted);
  if (!enoughSamples(metric, state)) {
    text += fmt::format("; {} of at least {} samples", state.successful + state.failed, *metric.minSamples);
  }
  return text;
}

}  // namespace

WallTime nextMeasurement(const AnalysisMetric& metric, const MetricAnalysis& state) {
  if (state.measurements.empty()) return state.startedAt + metric.interval;
  const WallTime next = state.measurements.back().at + metric.interval;
  return lastWas(state, Measurement::Result::Error) ? next + kAfterError : next;
}

bool isFinal(const MetricAnalysis& state) {
  return state.phase == Phase::Failed || state.phase == Phase::Error || state.phase == Phase::Successful;
}

void takeMeasurement(const AnalysisMetric& metric, MetricAnalysis& state, const Observation& seen) {
  if (isFinal(state) || seen.at < nextMeasurement(metric, state)) return;
  state.measurements.push_back(measurementOf(metric, seen));
  if (state.measurements.size() > MetricAnalysis::kKept) state.measurements.erase(state.measurements.begin());
  count(state, state.measurements.back().result);
  state.phase = phaseOf(metric, state);
  state.message = messageOf(metric, state);
}

Verdict verdictOf(const AnalysisMetric& metric, const MetricAnalysis& state, WallTime now) {
  switch (state.phase) {
    case Phase::Failed: return {Verdict::Result::Failed, state.message};
    case Phase::Error: return {Verdict::Result::Error, state.message};
    case Phase::Inconclusive: return {Verdict::Result::Inconclusive, state.message};
    case Phase::Successful: return {Verdict::Result::Successful, state.message};
    case Phase::Running: break;
  }
  if (state.measurements.empty()) return {Verdict::Result::NotYet, metric.name + " has not been measured yet"};
  const bool told = !lastWas(state, Measurement::Result::Error) && !lastWas(state, Measurement::Result::Inconclusive);
  const bool overdue = now >= nextMeasurement(metric, state);
  const bool open = wantedCount(metric, state) || !enoughSamples(metric, state) || !told || overdue;
  return {open ? Verdict::Result::NotYet : Verdict::Result::Running, state.message};
}

}  // namespace tidewright::decide
