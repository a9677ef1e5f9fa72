#include "cli/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/layout.h"

namespace tidewright::cli {
namespace {

constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

}  // namespace

std::optional<TerminalSize> standardOutputTerminal() {
  if (isatty(STDOUT_FILENO) == 0) return std::nullopt;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return TerminalSize{};
  return TerminalSize{.columns = size.ws_col, .rows = size.ws_row};
}

std::string frame(std::string_view text, const TerminalSize& size) {
  std::string out(kHome);
  // The last row stays free: a line feed on it would scroll the frame.
  for (int row = 0; row + 1 < size.rows && !text.empty(); ++row) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.append(cutTo(text.substr(0, end), size.columns)).append(kClearLine).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out.append(kClearBelow);
}

std::string makeRoom(const TerminalSize& size) { return std::string(static_cast<std::size_t>(size.rows), '\n'); }

}  // namespace tidewright::cli
