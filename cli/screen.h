#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/session.h"

namespace tidewright::cli {

/// The terminal behind standard output; none if it is a file or a pipe.
[[nodiscard]] std::optional<TerminalSize> standardOutputTerminal();

/// What to write, in one piece, so that `text` takes the place of the frame before without a moment of emptiness: each
/// line over the old one and cleared behind its end, then what is left of the old frame below. Lines that do not fit
/// are cut, those too many left out. Pure.
[[nodiscard]] std::string frame(std::string_view text, const TerminalSize& size);

/// Written once before the first frame: scrolls what is on the screen up, so that no frame overwrites it. Pure.
[[nodiscard]] std::string makeRoom(const TerminalSize& size);

}  // namespace tidewright::cli
