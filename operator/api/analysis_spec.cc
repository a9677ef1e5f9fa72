#include "operator/api/analysis_spec.h"

#include <limits>

#include "operator/api/autoscaling.h"

namespace tidewright::api {
namespace {

constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
constexpr std::array<std::pair<std::string_view, AnalysisMetric::OnNoData>, 3> kOnNoData{
    {{"Pause", AnalysisMetric::OnNoData::Pause},
     {"Fail", AnalysisMetric::OnNoData::Fail},
     {"Ignore", AnalysisMetric::OnNoData::Ignore}}};

}  // namespace

AnalysisMetric readAnalysisMetric(FieldReader in, const nlohmann::json& item) {
  AnalysisMetric metric{.name = in.requiredText("name")};
  metric.interval = in.seconds("intervalSeconds", metric.interval, 1, 86400);
  metric.count = in.optionalInteger("count", 1, kMost);
  metric.failureLimit = in.integer("failureLimit", metric.failureLimit, 0, kMost);
  metric.inconclusiveLimit = in.integer("inconclusiveLimit", metric.inconclusiveLimit, 0, kMost);
  metric.consecutiveErrorLimit = in.integer("consecutiveErrorLimit", metric.consecutiveErrorLimit, 0, kMost);
  metric.minSamples = in.optionalInteger("minSamples", 1, kMost);
  metric.onNoData = in.oneOf("onNoData", metric.onNoData, kOnNoData);
  metric.startAtStep = in.integer("startAtStep", 0, 0, 1000);
  if (const std::string text = in.requiredText("successWhen"); !text.empty()) {
    const Result<SuccessWhen> successWhen = parseSuccessWhen(text);
    if (successWhen) {
      metric.successWhen = *successWhen;
    } else {
      in.refuse("successWhen", successWhen.error().message());
    }
  }
  if (!in.has("prometheus")) {
    in.refuse("prometheus", "is missing; write {query: ...}");
    return metric;
  }
  const Result<Query> query = parseQuery(item.at("prometheus"), "prometheus", metric.interval);
  if (query) {
    metric.prometheus = *query;
  } else {
    in.refuse("", query.error().message());
  }
  return metric;
}

}  // namespace tidewright::api
