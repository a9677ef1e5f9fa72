#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "operator/result.h"

namespace tidewright::kube {

struct Command {
  std::string program;  ///< A path, or a name that is looked up in $PATH
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;  ///< On top of our own
};

/// Runs a program to its end and gives what it wrote to its standard output (1 MiB at most). Its standard input is
/// empty, its errors go to ours. NotFound if there is no such program, Unavailable if it fails, Timeout and Cancelled
/// after it was killed. No error shows its output. Threads: any.
[[nodiscard]] Result<std::string> run(const Command& command, std::chrono::milliseconds timeout, std::stop_token stop);

}  // namespace tidewright::kube
