#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/api/query.h"
#include "operator/control/secrets.h"

namespace tidewright::control {

/// How a server is known and how we are known to it, in PEM where it is a certificate or key.
struct ServerTls {
  std::string ca;                ///< Empty: the system's own certificates
  std::string certificate, key;  ///< Empty: none is shown
  std::string serverName;        ///< Empty: the address' host
  bool insecureSkipVerify = false;
  bool operator==(const ServerTls&) const = default;
};

/// All that a query's Secrets say. Never to be printed.
struct MetricCredentials {
  std::string authorization;           ///< The header's value; empty: none is sent
  std::vector<std::string> passwords;  ///< What must not be repeated, whatever a server answers
  ServerTls tls;
  std::vector<kube::ObjectKey> readFrom;
};

/// Reads the Secrets that the query names in its `credentialsNamespace`. `authRef` has `token`, which wins, or
/// `username` and `password`; `tls.caRef` has `ca.crt`; `tls.certRef` has `tls.crt` and `tls.key`. Invalid and NotFound
/// are clauses that name the field, the Secret, its namespace and the key that is missing. May block until `stop`.
[[nodiscard]] Result<MetricCredentials> findCredentials(const api::Query& query, Secrets& secrets,
                                                        const std::stop_token& stop);

}  // namespace tidewright::control
