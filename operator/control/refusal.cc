#include "operator/control/refusal.h"

namespace tidewright::control {

std::optional<Refusal> refusalOf(const Error& error, const std::string& invalidReason) {
  if (error.code() == ErrorCode::Invalid) return Refusal{invalidReason, error.message()};
  if (error.code() != ErrorCode::Forbidden) return std::nullopt;
  // What the RBAC authorizer says, and no admission plugin: 'User "..." cannot create resource "..."'.
  const bool rule = error.message().find(" cannot ") != std::string::npos;
  return Refusal{"Forbidden", rule ? error.message() +
                                         "; the operator's ClusterRole lacks this rule: install the manifests or the "
                                         "chart of this version again"
                                   : error.message()};
}

bool isNamespaceEnding(const Error& error) {
  return error.code() == ErrorCode::Forbidden &&
         error.message().find("because it is being terminated") != std::string::npos;
}

}  // namespace tidewright::control
