#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "operator/api/field_reader.h"
#include "operator/api/query.h"
#include "operator/api/success_when.h"

namespace tidewright::api {

/// One metric that a new version is judged by: an item of `spec.rollout.analysis`.
struct AnalysisMetric {
  enum class OnNoData { Pause, Fail, Ignore };
  std::string name;
  Query prometheus;
  std::chrono::seconds interval{30};
  std::optional<int32_t> count;  ///< measurements until it has succeeded; none: as long as the rollout lasts
  SuccessWhen successWhen;
  int32_t failureLimit = 0;
  int32_t inconclusiveLimit = 0;
  int32_t consecutiveErrorLimit = 4;
  std::optional<int32_t> minSamples;
  OnNoData onNoData = OnNoData::Pause;
  int32_t startAtStep = 0;

  bool operator==(const AnalysisMetric&) const = default;
};

/// Reads one item; mistakes stay with the reader.
[[nodiscard]] AnalysisMetric readAnalysisMetric(FieldReader in, const nlohmann::json& item);

}  // namespace tidewright::api
