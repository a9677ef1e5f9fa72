#include "operator/decide/propose.h"

#include <algorithm>
#include <cmath>

#include <date/date.h>
#include <fmt/format.h>

namespace tidewright::decide {
namespace {

std::string targetText(const api::Target& target) {
  return fmt::format("{} {}", target.value.value(),
                     target.type == api::Target::Type::AverageValue ? "per pod" : "for the whole");
}

api::MetricTrace fallBack(api::MetricTrace trace, const api::Fallback& fallback, Pods pods, WallTime since) {
  switch (fallback.behavior) {
    case api::Fallback::Behavior::Static: trace.proposal = fallback.replicas; break;
    case api::Fallback::Behavior::AtLeast: trace.proposal = std::max(fallback.replicas, pods.current); break;
    case api::Fallback::Behavior::AtMost: trace.proposal = std::min(fallback.replicas, pods.current); break;
  }
  trace.why = fmt::format("unknown since {} and so for {} s: fallback {} {}",
                          date::format("%TZ", date::floor<std::chrono::seconds>(since)), fallback.after.count(),
                          api::toString(fallback.behavior), fallback.replicas);
  return trace;
}

std::string proposalText(const api::Target& target, double sample, Pods pods, int32_t proposal,
                         const api::Behavior& behavior) {
  const double value = target.value.value();
  if (proposal == pods.current) {
    return fmt::format("within the tolerance of {} up, {} down, or just what {} pod{} should carry",
                       behavior.scaleUp.tolerance, behavior.scaleDown.tolerance, pods.current,
                       pods.current == 1 ? "" : "s");
  }
  if (target.type == api::Target::Type::AverageValue) return fmt::format("{} / {}, rounded up", sample, value);
  if (pods.current == 0) return fmt::format("{} / {}, rounded up", sample, value);
  return fmt::format("{} / {} x {} ready pods, rounded up", sample, value,
                     std::max(1, std::min(pods.current, pods.ready)));
}

}  // namespace

int32_t proposalOf(const api::Target& target, double sample, Pods pods, const api::Behavior& behavior) {
  const double measured = std::max(0.0, api::toMilli(sample));
  const double wanted = target.value.milli;
  const auto inTolerance = [&behavior](double ratio) {
    return 1.0 - behavior.scaleDown.tolerance <= ratio && ratio <= 1.0 + behavior.scaleUp.tolerance;
  };
  const double ratio = measured / wanted;
  if (pods.current == 0) return toCount(std::ceil(ratio));
  if (target.type == api::Target::Type::AverageValue) {
    return inTolerance(measured / (wanted * pods.current)) ? pods.current : toCount(std::ceil(ratio));
  }
  const int32_t ready = std::max(1, std::min(pods.current, pods.ready));
  return inTolerance(ratio) ? pods.current : toCount(std::ceil(ratio * ready));
}

api::Sample readSample(const api::Metric& metric, const api::Sample& sample) {
  const api::Unknown* unknown = std::get_if<api::Unknown>(&sample);
  if (unknown != nullptr && unknown->noSeries && metric.onNoData == api::OnNoData::Zero) {
    return api::Number{0, "no series, which onNoData: Zero reads as 0"};
  }
  return sample;
}

api::MetricTrace proposeFor(const api::Metric& metric, const api::Sample& sample, Pods pods,
                            const api::Behavior& behavior, std::optional<WallTime> unknownSince, WallTime now) {
  api::MetricTrace trace{
      .name = metric.name, .sample = readSample(metric, sample), .target = targetText(metric.target)};
  if (const api::Number* number = std::get_if<api::Number>(&trace.sample)) {
    trace.proposal = proposalOf(metric.target, number->value, pods, behavior);
    trace.why = proposalText(metric.target, number->value, pods, *trace.proposal, behavior);
    return trace;
  }
  const WallTime since = unknownSince.value_or(now);
  if (metric.fallback && now - since >= metric.fallback->after) {
    return fallBack(std::move(trace), *metric.fallback, pods, since);
  }
  trace.why = "unknown, so it proposes nothing";
  return trace;
}

Outcome combine(std::span<const api::MetricTrace> metrics, int32_t current) {
  const api::MetricTrace *highest = nullptr, *silent = nullptr;
  for (const api::MetricTrace& metric : metrics) {
    if (!metric.proposal) {
      if (silent == nullptr) silent = &metric;
    } else if (highest == nullptr || *metric.proposal > *highest->proposal) {
      highest = &metric;
    }
  }
  if (highest == nullptr) return {current, "no metric is known, so the count is held"};
  if (silent != nullptr && *highest->proposal < current) {
    return {current, fmt::format("{} is unknown, so nothing is taken away", silent->name)};
  }
  return {*highest->proposal,
          fmt::format("{} asks for {}, the most of all metrics", highest->name, *highest->proposal)};
}

}  // namespace tidewright::decide
