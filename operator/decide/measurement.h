#pragma once

#include "operator/api/analysis_spec.h"
#include "operator/api/analysis_status.h"
#include "operator/api/sample.h"
#include "operator/clock.h"
#include "operator/decide/rollout.h"

namespace tidewright::decide {

/// What one asking of a metric's query came to.
struct Observation {
  enum class Kind {
    Answered,  ///< the server spoke, be it to say that it has no data
    NoAnswer,  ///< nobody is there, or not in time
    Refused,   ///< the query cannot be answered as it is
  };
  Kind kind = Kind::Answered;
  api::Sample sample;
  WallTime at;  ///< when the answer or the failure came
};

/// When the metric is to be measured next: one interval after it began, then one after the last measurement, and 10 s
/// more after an Error. So the first measurement is of data about the revision that is being judged.
[[nodiscard]] WallTime nextMeasurement(const api::AnalysisMetric& metric, const api::MetricAnalysis& state);

/// Whether there is anything left to find out.
[[nodiscard]] bool isFinal(const api::MetricAnalysis& state);

/// Takes one more measurement into the account; one that came before its time, or after the end, changes nothing.
///
/// - A number is Successful or Failed by `successWhen`.
/// - No data (no series, NaN, an answer that is too old) is what `onNoData` says: Failed, Ignored, or Inconclusive.
/// - No answer is Inconclusive whatever `onNoData` says: an outage of the server is no word about the data.
/// - A refused query is an Error.
///
/// Then: more Failed than `failureLimit` is Failed; more Errors in a row than `consecutiveErrorLimit` is Error; more
/// Inconclusive than `inconclusiveLimit` is Inconclusive until the value is known again; `count` measurements other
/// than Inconclusive and Error are Successful (without `count` one is enough in a step, and beside a rollout it never
/// ends). No verdict, good or bad, is given before `minSamples` measurements are Successful or Failed.
/// Source: spec/rollout.md, "Analysis".
void takeMeasurement(const api::AnalysisMetric& metric, api::MetricAnalysis& state, const Observation& seen);

/// What the metric says of the rollout. NotYet until a verdict could be given, while the last look told nothing, and
/// while the next one is overdue.
[[nodiscard]] Verdict verdictOf(const api::AnalysisMetric& metric, const api::MetricAnalysis& state, WallTime now);

}  // namespace tidewright::decide
