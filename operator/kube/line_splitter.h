#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "operator/http/transport.h"

namespace tidewright::kube {

/// No event of the API is near this; a longer line is a fault of the server and must not eat our memory.
inline constexpr std::size_t kMaxObject = std::size_t{8} * 1024 * 1024;

/// Cuts a stream of bytes into lines, whatever the pieces it arrives in. Empty lines are left out. An error of the
/// consumer, or a line longer than `longest`, ends the stream. One splitter a stream.
class LineSplitter final : public http::ByteSink {
 public:
  /// Gets each line without its end; the text is valid during the call only.
  using Consumer = std::function<Result<void>(std::string_view line)>;

  explicit LineSplitter(Consumer consumer, std::size_t longest = kMaxObject)
      : consumer_(std::move(consumer)), longest_(longest) {}

  [[nodiscard]] Result<void> write(std::string_view bytes) override;

 private:
  Consumer consumer_;
  std::size_t longest_;
  std::string begun_;  ///< The start of a line whose end has not come yet
};

}  // namespace tidewright::kube
