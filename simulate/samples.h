#pragma once

#include <string_view>

#include "operator/result.h"
#include "simulate/series.h"

namespace tidewright::simulate {

/// Lines of "timestamp,value": the time as RFC 3339 or in seconds since 1970, the value a number, or nothing or NaN
/// where none was known. A first line of names, empty lines and lines that begin with # are skipped. Invalid names the
/// line and says what to write; times must go up. Pure.
[[nodiscard]] Result<Series> readSamples(std::string_view csv);

}  // namespace tidewright::simulate
