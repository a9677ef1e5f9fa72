#include "operator/kube/watch_event.h"

#include <algorithm>
#include <optional>

#include "operator/http/transport.h"
#include "operator/kube/fields.h"
#include "operator/kube/status_error.h"

namespace tidewright::kube {
namespace {

using fields::at;
using fields::Json;
using fields::text;

constexpr std::string_view kSpace = " \t\r\n";

void skipSpace(std::string_view& rest) { rest.remove_prefix(std::min(rest.find_first_not_of(kSpace), rest.size())); }

/// Takes one JSON value from the front; empty if there is no whole one. Strings, objects and arrays only: an event's
/// envelope has nothing else.
std::string_view takeValue(std::string_view& rest) {
  skipSpace(rest);
  int depth = 0;
  bool inString = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    if (inString) {
      if (c == '\\') ++i;
      if (c != '"') continue;
      inString = false;
    } else if (c == '"') {
      inString = true;
      continue;
    } else if (c == '{' || c == '[') {
      ++depth;
      continue;
    } else if (c == '}' || c == ']') {
      --depth;
    } else {
      if (depth == 0) break;
      continue;
    }
    if (depth == 0) {
      const std::string_view value = rest.substr(0, i + 1);
      rest.remove_prefix(i + 1);
      return value;
    }
    if (depth < 0) break;
  }
  return {};
}

bool takeChar(std::string_view& rest, char c) {
  skipSpace(rest);
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

struct Envelope {
  std::string_view type, object;
};

std::optional<Envelope> open(std::string_view rest) {
  Envelope out;
  if (!takeChar(rest, '{')) return std::nullopt;
  do {
    const std::string_view name = takeValue(rest);
    if (!takeChar(rest, ':')) return std::nullopt;
    const std::string_view value = takeValue(rest);
    if (value.empty()) return std::nullopt;
    if (name == "\"type\"") out.type = value;
    if (name == "\"object\"") out.object = value;
  } while (takeChar(rest, ','));
  const bool closed = takeChar(rest, '}');
  skipSpace(rest);
  if (!closed || !rest.empty() || out.type.empty() || !out.object.starts_with('{')) return std::nullopt;
  return out;
}

/// The event's object is the Status that the same failure would have as an HTTP answer.
Error errorIn(std::string_view status) {
  const Json object = Json::parse(status, nullptr, /*allow_exceptions=*/false);
  return errorOf({.status = fields::integer<int>(at(object, "code"), 500), .body = std::string(status)});
}

}  // namespace

Result<WatchEvent> parseWatchEvent(std::string_view line) {
  const std::optional<Envelope> envelope = open(line);
  if (!envelope) return fail(ErrorCode::Invalid, "no watch event: \"{}\"", line.substr(0, 80));
  if (envelope->type == "\"ADDED\"") return WatchEvent{WatchEventType::Added, envelope->object};
  if (envelope->type == "\"MODIFIED\"") return WatchEvent{WatchEventType::Modified, envelope->object};
  if (envelope->type == "\"DELETED\"") return WatchEvent{WatchEventType::Deleted, envelope->object};
  if (envelope->type == "\"BOOKMARK\"") return WatchEvent{WatchEventType::Bookmark, envelope->object};
  if (envelope->type == "\"ERROR\"") return fail(errorIn(envelope->object).in("the server ended the watch"));
  return fail(ErrorCode::Invalid, "a watch event of the unknown type {}", envelope->type);
}

Result<Bookmark> parseBookmark(std::string_view object) {
  const Json json = Json::parse(object, nullptr, /*allow_exceptions=*/false);
  const Json& metadata = at(json, "metadata");
  Bookmark out{.resourceVersion = text(at(metadata, "resourceVersion")),
               .initialEventsEnd = text(at(metadata, "annotations", "k8s.io/initial-events-end")) == "true"};
  if (out.resourceVersion.empty()) return fail(ErrorCode::Invalid, "a bookmark without a resourceVersion");
  return out;
}

}  // namespace tidewright::kube
