#pragma once

#include <string>
#include <vector>

#include "operator/api/scaled_app.h"

namespace tidewright::api {

/// What is wrong with a spec although each field by itself can be read.
struct Mistake {
  std::string field;     ///< "spec.rollout.steps"
  std::string sentence;  ///< what to change, for a person

  bool operator==(const Mistake&) const = default;
};

/// Everything in `spec` that contradicts itself; empty when it is sound. Pure: any thread.
[[nodiscard]] std::vector<Mistake> validate(const ScaledApp& app);

}  // namespace tidewright::api
