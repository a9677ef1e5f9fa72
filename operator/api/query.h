#pragma once

#include <chrono>
#include <compare>
#include <map>
#include <string>

namespace tidewright::api {

/// How several series become one number.
enum class Aggregate {
  None,  ///< more than one series is an unknown
  Sum,
};

/// A Secret or ConfigMap of the app's namespace; empty: none.
struct LocalRef {
  std::string name;
  auto operator<=>(const LocalRef&) const = default;
};

struct QueryTls {
  LocalRef caRef;
  LocalRef certRef;
  std::string serverName;
  bool insecureSkipVerify = false;
  auto operator<=>(const QueryTls&) const = default;
};

/// What is asked, of whom and as whom: its identity, so that equal queries of many apps are one.
/// One HTTP request serves all queries that differ only in `select`, `aggregate` and `maxAge`.
struct Query {
  std::string serverAddress;  ///< empty: the operator's default server
  std::string query;
  std::map<std::string, std::string> select;  ///< labels of the one series meant; empty: all
  Aggregate aggregate = Aggregate::None;
  std::chrono::seconds maxAge{60};  ///< an answer evaluated longer ago than that is unknown
  LocalRef authRef;
  QueryTls tls;
  /// Where `authRef` and `tls` are looked up; empty when neither is used, so that namespaces share a query.
  std::string credentialsNamespace;

  [[nodiscard]] bool needsSecrets() const {
    return !authRef.name.empty() || !tls.caRef.name.empty() || !tls.certRef.name.empty();
  }
  auto operator<=>(const Query&) const = default;
};

}  // namespace tidewright::api
