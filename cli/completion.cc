#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidewright::cli {
namespace {

/// "    get) flags="..." app=yes ;;" for each command; both shells read it alike.
std::string cases(const std::vector<CompletedCommand>& commands) {
  std::string out;
  for (const CompletedCommand& command : commands) {
    out += fmt::format("    {}) flags=\"{}\" app={} ;;\n", command.name, fmt::join(command.words, " "),
                       command.takesApp ? "yes" : "no");
  }
  return out;
}

/// As one word of a shell.
std::string shellWord(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string names(const std::vector<CompletedCommand>& commands) {
  std::vector<std::string> all;
  for (const CompletedCommand& command : commands) all.push_back(command.name);
  return fmt::format("{}", fmt::join(all, " "));
}

/// What was typed so far is in `typed`, without the word at the cursor: which command it is, which cluster and
/// namespace, and whether the app's name is there already. Sets command, given (words behind it) and where.
constexpr std::string_view kReadTyped = R"(  local command= given=0 skip= word
  local -a where=()
  for word in "${typed[@]}"; do
    if [ -n "$skip" ]; then
      case $skip in -n | --namespace | --context | --kubeconfig) where+=("$skip" "$word") ;; esac
      skip=
      continue
    fi
    case $word in
      -n | --namespace | --context | --kubeconfig | --shard | --timeout | --to-revision) skip=$word ;;
      --namespace=* | --context=* | --kubeconfig=*) where+=("$word") ;;
      -*) ;;
      *) if [ -z "$command" ]; then command=$word; else given=$((given + 1)); fi ;;
    esac
  done
)";

constexpr std::string_view kListApps = "kubectl get scaledapps \"${where[@]}\" -o name 2>/dev/null | sed 's,.*/,,'";

std::string bash(const std::vector<CompletedCommand>& commands) {
  std::string out = "# bash completion for kubectl-tide: source <(kubectl-tide completion bash)\n_kubectl_tide() {\n";
  out += "  local current=${COMP_WORDS[COMP_CWORD]} flags= app=no\n";
  out += "  local -a typed=(\"${COMP_WORDS[@]:1:COMP_CWORD-1}\")\n";
  out += kReadTyped;
  out += "  case $command in\n";
  out += fmt::format("    \"\") COMPREPLY=($(compgen -W \"{}\" -- \"$current\")); return ;;\n", names(commands));
  out += cases(commands);
  out += "  esac\n";
  out += "  if [ \"$app\" = yes ] && [ $given -eq 0 ] && [ -z \"$skip\" ] && [[ $current != -* ]]; then\n";
  out += fmt::format("    COMPREPLY=($(compgen -W \"$({})\" -- \"$current\"))\n", kListApps);
  out += "  elif [ -z \"$skip\" ]; then\n    COMPREPLY=($(compgen -W \"$flags\" -- \"$current\"))\n  fi\n}\n";
  out += "complete -F _kubectl_tide kubectl-tide\n";
  return out;
}

std::string zsh(const std::vector<CompletedCommand>& commands) {
  std::string out =
      "#compdef kubectl-tide\n# zsh completion: source <(kubectl-tide completion zsh)\n_kubectl_tide() {\n";
  out += "  local current=${words[CURRENT]} flags= app=no\n";
  out += "  local -a typed=(\"${(@)words[2,CURRENT-1]}\")\n";
  out += kReadTyped;
  out += "  case $command in\n    \"\")\n      local -a commands=(\n";
  for (const CompletedCommand& command : commands) {
    out += fmt::format("        {}\n", shellWord(command.name + ":" + command.description));
  }
  out += "      )\n      _describe command commands\n      return ;;\n";
  out += cases(commands);
  out += "  esac\n";
  out += "  if [ \"$app\" = yes ] && [ $given -eq 0 ] && [ -z \"$skip\" ] && [[ $current != -* ]]; then\n";
  out += fmt::format("    local -a apps=($({}))\n    compadd -a apps\n", kListApps);
  out += "  elif [ -z \"$skip\" ]; then\n    compadd -- ${=flags}\n  fi\n}\n";
  out +=
      "if [ \"${funcstack[1]:-}\" = _kubectl_tide ]; then _kubectl_tide \"$@\"; else compdef _kubectl_tide "
      "kubectl-tide; fi\n";
  return out;
}

}  // namespace

std::string completionScript(const std::string& shell, const std::vector<CompletedCommand>& commands) {
  return shell == "zsh" ? zsh(commands) : bash(commands);
}

}  // namespace tidewright::cli
