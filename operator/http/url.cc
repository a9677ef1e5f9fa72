#include "operator/http/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace tidewright::http {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool isUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

struct HostAndPort {
  std::string_view host;
  std::optional<std::string_view> port;
};

Result<HostAndPort> splitAuthority(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return fail(ErrorCode::Invalid, "\"{}\" has no closing bracket", authority);
    const std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') {
      return fail(ErrorCode::Invalid, "\"{}\": only a port may follow the bracket", authority);
    }
    return HostAndPort{authority.substr(1, end - 1), rest.empty() ? std::nullopt : std::optional(rest.substr(1))};
  }
  const auto colon = authority.find(':');
  if (colon == std::string_view::npos) return HostAndPort{authority, std::nullopt};
  if (authority.find(':', colon + 1) != std::string_view::npos) {
    return fail(ErrorCode::Invalid, "\"{0}\": write an IPv6 address in brackets: [{0}]", authority);
  }
  return HostAndPort{authority.substr(0, colon), authority.substr(colon + 1)};
}

Result<std::uint16_t> parsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return fail(ErrorCode::Invalid, "\"{}\" is not a port; it is a number from 1 to 65535", text);
  }
  return port;
}

}  // namespace

std::string Url::authority() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

std::string Url::toString() const { return scheme + "://" + authority() + path; }

Result<Url> parseUrl(std::string_view text) {
  const auto schemeEnd = text.find("://");
  // Not the text itself: with a "user:password@" but no scheme it would carry the password.
  const bool mayHaveSecret = text.find('@') != std::string_view::npos;
  if (schemeEnd == std::string_view::npos) {
    if (mayHaveSecret) return fail(ErrorCode::Invalid, "the address has no scheme; begin it with https://");
    return fail(ErrorCode::Invalid, "\"{0}\" has no scheme; write https://{0}", text);
  }
  Url url;
  url.scheme = text.substr(0, schemeEnd);
  std::ranges::transform(url.scheme, url.scheme.begin(), [](unsigned char c) { return std::tolower(c); });
  if (url.scheme != "http" && url.scheme != "https") {
    return fail(ErrorCode::Invalid, "scheme \"{}\" is not supported; write http:// or https://", url.scheme);
  }
  std::string_view rest = text.substr(schemeEnd + 3);
  const auto pathStart = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, pathStart);
  const std::string_view path = pathStart == std::string_view::npos ? std::string_view{} : rest.substr(pathStart);
  if (path.find_first_of("?#") != std::string_view::npos) {
    return fail(ErrorCode::Invalid, "a server's address has no query and no fragment; remove what follows the \"{}\"",
                path[path.find_first_of("?#")]);
  }
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view userInfo = authority.substr(0, at);
    authority = authority.substr(at + 1);
    const auto colon = userInfo.find(':');
    Result<std::string> user = percentDecode(userInfo.substr(0, colon));
    Result<std::string> password =
        percentDecode(colon == std::string_view::npos ? std::string_view{} : userInfo.substr(colon + 1));
    if (!user || !password) {
      return fail(ErrorCode::Invalid, "user or password of \"{}\": a \"%\" must be written as %25", authority);
    }
    url.user = *std::move(user);
    url.password = *std::move(password);
  }
  const Result<HostAndPort> split = splitAuthority(authority);
  if (!split) return fail(split.error());
  if (split->host.empty()) return fail(ErrorCode::Invalid, "the address names no host; write {}://HOST", url.scheme);
  if (std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7f; })) {
    return fail(ErrorCode::Invalid, "the address of \"{}\" contains a space or a control character", split->host);
  }
  url.host = split->host;
  url.port = url.scheme == "https" ? 443 : 80;
  if (split->port) {
    const Result<std::uint16_t> port = parsePort(*split->port);
    if (!port) return fail(port.error());
    url.port = *port;
  }
  url.path = path;
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

std::string percentEncode(std::string_view text) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (isUnreserved(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
    }
  }
  return encoded;
}

Result<std::string> percentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hexValue(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return fail(ErrorCode::Invalid, "a \"%\" at position {} has no two hexadecimal digits behind it", i);
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string withQuery(std::string path, const Query& query) {
  char separator = path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : query) {
    path += separator;
    path += percentEncode(name);
    path += '=';
    path += percentEncode(value);
    separator = '&';
  }
  return path;
}

}  // namespace tidewright::http
