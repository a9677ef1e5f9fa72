#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidewright::prometheus {

/// As much of a stranger's text as a person needs to recognise it: one line of printable ASCII, so that it can go into
/// any condition or log, and `most` characters of it. Pure.
[[nodiscard]] inline std::string glimpse(std::string_view text, std::size_t most = 240) {
  std::string line(text.substr(0, most));
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) c = ' ';
    if (byte > 0x7e) c = '?';
  }
  if (text.size() > most) line += "...";
  return line;
}

}  // namespace tidewright::prometheus
