#pragma once

#include <span>
#include <string>
#include <variant>

#include "cli/access.h"
#include "cli/ask.h"
#include "cli/edit.h"
#include "cli/get.h"
#include "cli/simulate.h"
#include "cli/status.h"
#include "cli/tell.h"
#include "cli/undo.h"

namespace tidewright::cli {

/// One command with what it was given; `run` of that type carries it out.
using Command = std::variant<GetOptions, AskOptions, UndoOptions, RestartOptions, PauseOptions, StatusOptions,
                             HistoryOptions, WhyOptions>;

struct Invocation {
  Where where;
  Command command;
};

/// Print this and end with that code: help, version and completion with 0, what is wrong with 2.
struct EarlyExit {
  int code = 0;
  std::string text;
};

/// `arguments` without the program's name. What is wrong is one line that names the flag and what it takes.
[[nodiscard]] std::variant<Invocation, SimulateOptions, EarlyExit> parseCommandLine(
    std::span<const std::string> arguments);

}  // namespace tidewright::cli
