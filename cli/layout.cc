#include "cli/layout.h"

#include <algorithm>

namespace tidewright::cli {
namespace {

bool beginsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

std::string padded(const std::string& text, int width, bool right) {
  const std::string gap(static_cast<std::size_t>(std::max(0, width - displayWidth(text))), ' ');
  return right ? gap + text : text + gap;
}

std::string withoutTrailingSpaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

int displayWidth(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), beginsCharacter));
}

std::string cutTo(std::string_view text, int width) {
  if (width <= 0 || displayWidth(text) <= width) return std::string(text);
  std::size_t end = 0;
  for (int characters = 0; end < text.size(); ++end) {
    if (beginsCharacter(text[end]) && ++characters == width) break;
  }
  return std::string(text.substr(0, end)) + "~";
}

std::string wrapped(std::string_view text, std::string_view indent, int width) {
  std::string out, line(indent);
  bool empty = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!empty && width > 0 && displayWidth(line) + 1 + displayWidth(word) > width) {
      out += line + "\n";
      line = indent;
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  return out + line + "\n";
}

std::string table(const std::vector<Column>& columns, const std::vector<std::vector<std::string>>& rows, int width) {
  std::vector<int> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    int most = displayWidth(columns[i].title);
    for (const auto& row : rows) {
      if (i < row.size()) most = std::max(most, displayWidth(row[i]));
    }
    widths.push_back(most);
  }
  const auto lineOf = [&](const auto& cell) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) line += "  ";
      line += padded(cell(i), widths[i], columns[i].right);
    }
    return cutTo(withoutTrailingSpaces(std::move(line)), width) + "\n";
  };
  std::string out = lineOf([&](std::size_t i) { return columns[i].title; });
  for (const auto& row : rows) {
    out += lineOf([&](std::size_t i) { return i < row.size() ? row[i] : std::string(); });
  }
  return out;
}

}  // namespace tidewright::cli
