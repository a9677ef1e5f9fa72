#include "operator/kube/list_splitter.h"

#include <cctype>

#include "operator/kube/fields.h"

namespace tidewright::kube {

Result<void> ListSplitter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    // Inside a string that is kept or skipped most characters mean nothing: go to the next that does.
    if (inString_ && !escaped_ && depth_ > 1) {
      const std::string_view plain = bytes.substr(0, bytes.find_first_of("\"\\"));
      if (keeping_ != Keeping::Nothing) kept_.append(plain);
      if (kept_.size() > largest_) return fail(ErrorCode::Invalid, "an item of more than {} bytes", largest_);
      bytes.remove_prefix(plain.size());
      if (bytes.empty()) break;
    }
    if (const Result<void> taken = take(bytes.front()); !taken) return taken;
    bytes.remove_prefix(1);
  }
  return {};
}

Result<void> ListSplitter::take(char c) {
  if (inString_) {
    if (depth_ == 1 && (c != '"' || escaped_) && name_.size() < 64) name_.push_back(c);
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      inString_ = false;
    }
    return keep(c);
  }
  switch (c) {
    case '"':
      inString_ = true;
      if (depth_ == 1) name_.clear();
      return keep(c);
    case '{':
    case '[': opened(c); return keep(c);
    case '}':
    case ']': {
      if (const Result<void> kept = keep(c); !kept) return kept;
      return closed();
    }
    default:
      if (depth_ == 0 && std::isspace(static_cast<unsigned char>(c)) == 0) {
        return fail(ErrorCode::Invalid, "the answer is no List: it begins or ends with '{}'", c);
      }
      return keep(c);
  }
}

void ListSplitter::opened(char c) {
  ++depth_;
  if (depth_ == 2 && c == '[' && name_ == "items") {
    inItems_ = true;
  } else if (depth_ == 2 && c == '{' && name_ == "metadata") {
    keeping_ = Keeping::Metadata;
  } else if (depth_ == 3 && c == '{' && inItems_) {
    keeping_ = Keeping::Item;
  }
}

Result<void> ListSplitter::closed() {
  --depth_;
  if (depth_ < 0) return fail(ErrorCode::Invalid, "the answer is no List: a bracket closes that was never open");
  if (depth_ == 0) complete_ = true;
  if (depth_ == 1) inItems_ = false;
  if (keeping_ == Keeping::Metadata && depth_ == 1) {
    keeping_ = Keeping::Nothing;
    metadata_ = std::exchange(kept_, {});
  }
  if (keeping_ == Keeping::Item && depth_ == 2) {
    keeping_ = Keeping::Nothing;
    const Result<void> consumed = consumer_(kept_);
    kept_.clear();
    return consumed;
  }
  return {};
}

Result<void> ListSplitter::keep(char c) {
  if (keeping_ == Keeping::Nothing) return {};
  if (kept_.size() >= largest_) return fail(ErrorCode::Invalid, "an item of more than {} bytes", largest_);
  kept_.push_back(c);
  return {};
}

Result<ListSplitter::ListMeta> ListSplitter::finish() const {
  if (!complete_) return fail(ErrorCode::Unavailable, "the list ended in the middle");
  const fields::Json metadata = fields::Json::parse(metadata_, nullptr, /*allow_exceptions=*/false);
  ListMeta meta{.resourceVersion = fields::text(fields::at(metadata, "resourceVersion")),
                .next = fields::text(fields::at(metadata, "continue"))};
  // "items": null is how Go writes an empty list, so only the version is asked for.
  if (meta.resourceVersion.empty())
    return fail(ErrorCode::Invalid, "the answer is no List: no metadata.resourceVersion");
  return meta;
}

}  // namespace tidewright::kube
