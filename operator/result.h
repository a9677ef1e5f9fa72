#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace tidewright {

/// What kind of failure it is: what a caller branches on. The text is for a person.
enum class ErrorCode {
  Invalid,        ///< The input is wrong; trying again without changing it cannot help.
  NotFound,       ///< 404
  AlreadyExists,  ///< 409 on a create
  Conflict,       ///< 409 on an update: somebody else wrote first
  Gone,           ///< 410: the resourceVersion is too old to continue from
  Unauthorized,   ///< 401
  Forbidden,      ///< 403
  TooMany,        ///< 429
  Unavailable,    ///< No connection, a connection cut short, or a 5xx
  Timeout,        ///< No answer in time
  Cancelled,      ///< A stop was requested
  Internal,       ///< A fault of ours
};

[[nodiscard]] std::string_view toString(ErrorCode code);

/// A failure that knows its way here: each level that passes it on adds where it happened, outermost first.
/// A value: copy it, keep it, compare it. Never carries a secret.
class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] ErrorCode code() const { return code_; }
  /// For a person: "kubeconfig ./config: clusters[kind].server: ...".
  [[nodiscard]] const std::string& message() const { return message_; }

  /// The same error, seen from one level further out.
  template <class... Args>
  [[nodiscard]] Error in(fmt::format_string<Args...> where, Args&&... args) const {
    return Error(code_, fmt::format(where, std::forward<Args>(args)...) + ": " + message_);
  }

  bool operator==(const Error&) const = default;

 private:
  ErrorCode code_;
  std::string message_;
};

template <class T>
using Result = std::expected<T, Error>;

/// `return fail(error)` in a function that returns any Result.
[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

/// `return fail(ErrorCode::Invalid, "\"{}\" has no scheme; write https://{}", text, text)`.
template <class... Args>
[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> text, Args&&... args) {
  return std::unexpected(Error(code, fmt::format(text, std::forward<Args>(args)...)));
}

}  // namespace tidewright
