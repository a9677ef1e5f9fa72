#pragma once

#include <string>

#include "tests/load/options.h"
#include "tests/load/tally.h"

namespace tidewright::load {

/// The whole result for a program, on one line.
[[nodiscard]] std::string toJson(const Options& options, const Tally& tally);
/// The result for a person.
[[nodiscard]] std::string toTable(const Options& options, const Tally& tally);
/// One line of progress.
[[nodiscard]] std::string toLine(const Tally& tally);

}  // namespace tidewright::load
