#pragma once

#include <optional>
#include <string>

#include "operator/result.h"

namespace tidewright::control {

/// What is wrong with the app although the API server took it.
struct Refusal {
  std::string reason;   ///< "NameTaken", in CamelCase
  std::string message;  ///< A sentence for a person

  bool operator==(const Refusal&) const = default;
};

/// A child that the API server will not take, however often it is asked: Invalid gives `invalidReason`, Forbidden (a
/// quota, a policy, a rule that is missing) gives "Forbidden". Nothing for errors that pass. Pure.
[[nodiscard]] std::optional<Refusal> refusalOf(const Error& error, const std::string& invalidReason);

/// The namespace is being deleted: nothing can be made in it, and nobody needs to hear of it. Pure.
[[nodiscard]] bool isNamespaceEnding(const Error& error);

}  // namespace tidewright::control
