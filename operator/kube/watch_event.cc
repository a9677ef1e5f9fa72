#include "operator/kube/watch_event.h"

#include <optional>

#include "operator/http/transport.h"
#include "operator/kube/fields.h"
#include "operator/kube/raw_json.h"
#include "operator/kube/status_error.h"

namespace tidewright::kube {
namespace {

using fields::at;
using fields::Json;
using fields::text;

struct Envelope {
  std::string_view type, object;
};

std::optional<Envelope> open(std::string_view line) {
  const std::optional<std::vector<raw::Field>> fields = raw::fieldsOf(line);
  if (!fields) return std::nullopt;
  Envelope out;
  for (const auto& [name, value] : *fields) {
    if (name == "type") out.type = value;
    if (name == "object") out.object = value;
  }
  if (out.type.empty() || !out.object.starts_with('{')) return std::nullopt;
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
