#pragma once

#include <string_view>

#include "operator/api/query.h"
#include "operator/result.h"
#include "simulate/series.h"

namespace tidewright::simulate {

/// Prometheus' answer to `query_range`, read as the operator reads an instant query: `query.select` picks a series,
/// `query.aggregate` adds them up, and more than one without either is Invalid. NaN and infinity are no value. Pure.
[[nodiscard]] Result<Series> readQueryRange(std::string_view body, const api::Query& query);

}  // namespace tidewright::simulate
