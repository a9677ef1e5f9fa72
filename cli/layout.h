#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Text for a terminal. Widths are characters (UTF-8 code points, each taken as one column wide); a width of 0 is
/// without a limit. Pure: any thread.
namespace tidewright::cli {

[[nodiscard]] int displayWidth(std::string_view text);

/// `text` as it is if it fits, else its beginning with "~" as the last character.
[[nodiscard]] std::string cutTo(std::string_view text, int width);

/// `text` broken at spaces, each line beginning with `indent`; a word that is too long is left whole. Ends with '\n'.
[[nodiscard]] std::string wrapped(std::string_view text, std::string_view indent, int width);

struct Column {
  std::string title;
  bool right = false;  ///< Numbers
};
/// Rows under their titles, each column as wide as it needs to be, with two spaces between; lines that are longer than
/// `width` are cut. A row may be shorter than the columns. Each line ends with '\n' and has no spaces before it.
[[nodiscard]] std::string table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows,
                                int width);

}  // namespace tidewright::cli
