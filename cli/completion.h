#pragma once

#include <string>
#include <vector>

namespace tidewright::cli {

/// One command as a shell completes it.
struct CompletedCommand {
  std::string name;
  std::string description;
  std::vector<std::string> words;  ///< "--namespace", "-n", ...
  bool takesApp = false;           ///< Its first word is the name of a ScaledApp
};

/// The completion for `shell`, "bash" or "zsh": commands, their flags and words, and names of apps, asked of kubectl.
/// Pure: any thread.
[[nodiscard]] std::string completionScript(const std::string& shell, const std::vector<CompletedCommand>& commands);

}  // namespace tidewright::cli
