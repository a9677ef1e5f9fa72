#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "operator/result.h"

namespace tidewright::http {

/// Where a server is: "https://10.0.0.1:6443/prefix". Everything is kept as it was written, percent-encoding included.
struct Url {
  std::string scheme;      ///< "http" or "https", in lower case
  std::string host;        ///< A name or an address; IPv6 without the brackets
  std::uint16_t port = 0;  ///< The scheme's own port if none was written
  std::string path;        ///< Empty or "/prefix", without a slash at the end
  std::string user;        ///< Percent-decoded; only proxies have these two
  std::string password;

  /// "https://10.0.0.1:6443/prefix": for addresses and messages, so without user and password.
  [[nodiscard]] std::string toString() const;
  /// "10.0.0.1:6443", "[::1]:6443"
  [[nodiscard]] std::string authority() const;
  bool operator==(const Url&) const = default;
};

/// Invalid if it cannot be an HTTP server's address; the text says what to write instead. Query and fragment are
/// refused: a base address has none. Pure.
[[nodiscard]] Result<Url> parseUrl(std::string_view text);

/// All but letters, digits and "-._~" as %XX: right for a path's segment and for a query's value alike.
[[nodiscard]] std::string percentEncode(std::string_view text);

/// Invalid at a "%" without two hexadecimal digits behind it.
[[nodiscard]] Result<std::string> percentDecode(std::string_view text);

using Query = std::vector<std::pair<std::string, std::string>>;

/// "/api/v1/pods" and {{"labelSelector", "a=b"}} -> "/api/v1/pods?labelSelector=a%3Db". Keeps the order.
[[nodiscard]] std::string withQuery(std::string path, const Query& query);

}  // namespace tidewright::http
