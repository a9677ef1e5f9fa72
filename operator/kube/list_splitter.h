#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "operator/http/transport.h"
#include "operator/kube/line_splitter.h"

namespace tidewright::kube {

/// Cuts a List as it arrives into the JSON of its items, so that no more than one item is in memory at a time. It looks
/// at brackets and quotes only; whether an item is good JSON is for its parser to say. One splitter an answer.
class ListSplitter final : public http::ByteSink {
 public:
  /// Gets each item's JSON; the text is valid during the call only.
  using Consumer = std::function<Result<void>(std::string_view item)>;

  explicit ListSplitter(Consumer consumer, std::size_t largest = kMaxObject)
      : consumer_(std::move(consumer)), largest_(largest) {}

  [[nodiscard]] Result<void> write(std::string_view bytes) override;

  /// What a List says of itself.
  struct ListMeta {
    std::string resourceVersion;
    std::string next;  ///< The token of the next page (`continue`); empty: this was the last
  };
  /// After the stream's end. Unavailable if it was cut short, Invalid if it was no List.
  [[nodiscard]] Result<ListMeta> finish() const;

 private:
  enum class Keeping : std::uint8_t { Nothing, Item, Metadata };

  [[nodiscard]] Result<void> take(char c);
  [[nodiscard]] Result<void> closed();
  void opened(char c);
  [[nodiscard]] Result<void> keep(char c);

  Consumer consumer_;
  std::size_t largest_;
  int depth_ = 0;  ///< Brackets open around the current character
  bool inString_ = false;
  bool escaped_ = false;
  bool inItems_ = false;  ///< Inside the array under the key "items" at the top
  bool complete_ = false;
  std::string name_;  ///< The last string at the top level: the key, when its value begins
  std::string kept_;  ///< The item or the metadata being collected
  std::string metadata_;
  Keeping keeping_ = Keeping::Nothing;
};

}  // namespace tidewright::kube
