#include "operator/kube/status_error.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace tidewright::kube {
namespace {

using nlohmann::json;

/// Of an answer that is no Status, say a proxy's HTML page: enough to recognise it by.
constexpr std::size_t kMostForeignText = 200;

ErrorCode codeOf(int status, std::string_view reason) {
  switch (status) {
    case 401: return ErrorCode::Unauthorized;
    case 403: return ErrorCode::Forbidden;
    case 404: return ErrorCode::NotFound;
    case 408: return ErrorCode::Timeout;
    case 409: return reason == "AlreadyExists" ? ErrorCode::AlreadyExists : ErrorCode::Conflict;
    case 410: return ErrorCode::Gone;
    case 429: return ErrorCode::TooMany;
    default: return status >= 500 ? ErrorCode::Unavailable : ErrorCode::Invalid;
  }
}

std::string textOf(const json& status, const char* field) {
  const auto found = status.find(field);
  return found != status.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string printable(std::string_view text) {
  std::string line(text.substr(0, kMostForeignText));
  std::ranges::replace_if(
      line, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return line;
}

}  // namespace

Error errorOf(const http::Response& answer) {
  const json status = json::parse(answer.body, nullptr, false);
  if (!status.is_object() || textOf(status, "kind") != "Status") {
    const std::string text = printable(answer.body);
    return Error(codeOf(answer.status, ""),
                 fmt::format("the server answered {}{}{}", answer.status, text.empty() ? "" : ": ", text));
  }
  const std::string reason = textOf(status, "reason");
  const std::string message = textOf(status, "message");
  return Error(codeOf(answer.status, reason),
               fmt::format("{} ({})", message.empty() ? "the server gave no message" : message,
                           reason.empty() ? std::to_string(answer.status) : reason));
}

std::optional<std::chrono::seconds> retryAfter(const http::Response& answer) {
  if (answer.status != 429 && answer.status < 500) return std::nullopt;
  const std::string_view text = answer.header("Retry-After");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace tidewright::kube
