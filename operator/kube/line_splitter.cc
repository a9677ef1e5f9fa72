#include "operator/kube/line_splitter.h"

namespace tidewright::kube {

Result<void> LineSplitter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (begun_.size() + piece.size() > longest_) {
      return fail(ErrorCode::Invalid, "a line of more than {} bytes in the answer", longest_);
    }
    if (end == std::string_view::npos) {
      begun_.append(piece);
      return {};
    }
    bytes.remove_prefix(end + 1);
    // Most lines arrive whole: those are handed on from where they lie.
    std::string_view line = piece;
    if (!begun_.empty()) line = begun_.append(piece);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const Result<void> consumed = line.empty() ? Result<void>() : consumer_(line);
    begun_.clear();
    // One huge line must not hold its memory for as long as the watch lives.
    if (begun_.capacity() > 64 * 1024) begun_.shrink_to_fit();
    if (!consumed) return consumed;
  }
  return {};
}

}  // namespace tidewright::kube
