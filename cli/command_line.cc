#include "cli/command_line.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "cli/completion.h"
#include "cli/duration.h"

namespace tidewright::cli {
namespace {

constexpr int kUsage = 2;
constexpr const char* kAppName = "NAME";
const std::vector<std::string> kShells = {"bash", "zsh"};

/// The commands with their flags; `chosen` makes what was asked for out of what was read.
class CommandLine {
 public:
  CommandLine() : cli_("Shows and changes what Tidewright runs.", "kubectl-tide") {
    cli_.require_subcommand(1);
    cli_.set_version_flag("--version", versionText());
    cli_.footer("kubectl-tide COMMAND --help shows an example. As a kubectl plugin: kubectl tide COMMAND.");
    addWhere(cli_);
    addReading();
    addCommands();
    addEdits();
    addSimulate();
    addOwn();
  }

  std::variant<Invocation, SimulateOptions, EarlyExit> parse(std::span<const std::string> arguments) {
    // CLI11 takes the arguments from the back.
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
      cli_.parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
      return EarlyExit{0, cli_.help()};
    } catch (const CLI::CallForVersion&) {
      return EarlyExit{0, versionText() + "\n"};
    } catch (const CLI::ParseError& wrong) {
      return refusal(wrong);
    }
    if (early_) return EarlyExit{0, early_()};
    if (!simulation_.file.empty()) return simulation_;
    return Invocation{where_, chosen_()};
  }

 private:
  /// As CLI11's checks are: empty, or what is wrong.
  static std::string isDuration(const std::string& text) {
    return parseDuration(text) ? "" : "\"" + text + "\" is no time; write 90s, 10m or 1h30m";
  }
  static std::string versionText() { return "kubectl-tide " TIDEWRIGHT_VERSION; }

  void addWhere(CLI::App& command) {
    constexpr const char* kGroup = "Where";
    command.add_option("-n,--namespace", where_.ns, "Namespace of the app; the context's unless given")
        ->type_name("NAMESPACE")
        ->group(kGroup);
    command.add_option("--context", where_.context, "Context of the kubeconfig; its current one unless given")
        ->type_name("CONTEXT")
        ->group(kGroup);
    command.add_option("--kubeconfig", where_.kubeconfig, "Kubeconfig; $KUBECONFIG or ~/.kube/config unless given")
        ->type_name("FILE")
        ->group(kGroup);
  }

  /// A command on one app; `make` is called once all flags are read.
  CLI::App* onApp(const char* name, const char* description, const char* example, std::function<Command()> make) {
    CLI::App* command = cli_.add_subcommand(name, description);
    command->add_option(kAppName, name_, "The ScaledApp")->required()->type_name("");
    command->footer(std::string("Example: kubectl-tide ") + example);
    addWhere(*command);
    command->callback([this, make = std::move(make)] { chosen_ = make; });
    return command;
  }

  void addShard(CLI::App* command) { command->add_option("--shard", shard_, "Only that shard")->type_name("SHARD"); }
  void addTimeout(CLI::App* command, const char* what) {
    command
        ->add_option_function<std::string>(
            "--timeout", [this](const std::string& text) { timeout_ = parseDuration(text); }, what)
        ->type_name("TIME")
        ->check(isDuration);
  }

  void addReading() {
    CLI::App* get = onApp("get", "Shows revisions and pods as a tree, with the rollout's step and why so many pods",
                          "get web -n shop -w", [this]() -> Command {
                            return GetOptions{name_, shard_, watch_};
                          });
    get->add_flag("-w,--watch", watch_, "Go on, and show what changes");
    addShard(get);
    addShard(onApp("history", "Lists the kept revisions", "history web -n shop", [this]() -> Command {
      return HistoryOptions{name_, shard_};
    }));
    addShard(onApp("why", "Says why there are as many pods as there are, and when that changes next", "why web -n shop",
                   [this]() -> Command {
                     return WhyOptions{name_, shard_};
                   }));
    CLI::App* status =
        onApp("status", "Waits for what was asked for: exits 0 when it is there, 1 when it failed, 2 when time is over",
              "status web -n shop --timeout 60s", [this]() -> Command {
                const StatusOptions defaults;
                return StatusOptions{name_, timeout_.value_or(defaults.timeout)};
              });
    addTimeout(status, "How long to wait, such as 90s or 10m; 0 waits for as long as it takes (default 10m)");
  }

  void addCommands() {
    const auto ask = [this](const char* command) {
      return [this, command]() -> Command {
        const AskOptions defaults;
        const std::string asked = command == std::string("promote") && full_ ? "promote-full" : command;
        return AskOptions{name_, asked, timeout_.value_or(defaults.timeout)};
      };
    };
    CLI::App* promote = onApp("promote", "Ends the step that a canary waits in, or switches a blue-green rollout over",
                              "promote web --full", ask("promote"));
    promote->add_flag("--full", full_, "Skip all steps that are left");
    CLI::App* abort = onApp("abort", "Ends a rollout and goes back to the stable revision", "abort web", ask("abort"));
    CLI::App* retry = onApp("retry", "Tries a revision again that was undone", "retry web", ask("retry"));
    for (CLI::App* command : {promote, abort, retry}) {
      addTimeout(command, "How long to wait for the operator to take it (default 30s)");
    }
  }

  void addEdits() {
    CLI::App* undo = onApp("undo", "Goes back to a kept revision, the one before unless told otherwise",
                           "undo web --to-revision 3", [this]() -> Command {
                             return UndoOptions{name_, toRevision_, shard_};
                           });
    undo->add_option("--to-revision", toRevision_, "Number or hash, as history shows them")->type_name("REVISION");
    addShard(undo);
    onApp("restart", "Replaces every pod by a rolling update", "restart web",
          [this]() -> Command { return RestartOptions{name_}; });
    onApp("pause", "Stops rollout steps and scaling; what runs is kept", "pause web", [this]() -> Command {
      return PauseOptions{name_, true};
    });
    onApp("resume", "Lets a paused app go on", "resume web", [this]() -> Command {
      return PauseOptions{name_, false};
    });
  }

  void addSimulate() {
    CLI::App* command = cli_.add_subcommand("simulate", "Shows what autoscaling would have done under a recorded load");
    command->footer(
        "Example: kubectl-tide simulate web.yaml --prometheus http://localhost:9090 --from 240h\n"
        "         kubectl-tide simulate web.yaml --samples load.csv --against cheaper.yaml --svg load.svg");
    command->add_option("FILE", simulation_.file, "Manifest of a ScaledApp with spec.autoscaling")
        ->required()
        ->type_name("");
    CLI::Option* samples =
        command->add_option("--samples", simulation_.samples, "Lines of time,value; METRIC=CSV for each of several")
            ->type_name("CSV")
            ->allow_extra_args(false);
    CLI::Option* server =
        command->add_option("--prometheus", simulation_.prometheus, "Address of a server to ask for the load")
            ->type_name("URL")
            ->excludes(samples);
    command->add_option("--from", simulation_.from, "Begin, as RFC 3339 or how long ago (default 24h of a server)")
        ->type_name("TIME");
    command->add_option("--to", simulation_.to, "End (default now, or the last sample)")->type_name("TIME");
    command->add_option("--start", simulation_.start, "Pods at the beginning (default minReplicas, at least 1)")
        ->type_name("PODS")
        ->check(CLI::Range(0, 1'000'000));
    command
        ->add_option_function<std::string>(
            "--startup", [this](const std::string& text) { simulation_.startup = *parseDuration(text); },
            "How long a new pod takes to be ready (default 0s)")
        ->type_name("TIME")
        ->check(isDuration);
    command
        ->add_flag("--at-samples", simulation_.atSamples,
                   "Look at the times of the samples, not every pollSeconds: for those recorded at an operator's ticks")
        ->needs(samples);
    command->add_option("--csv", simulation_.csv, "Table to write, a line a tick")->type_name("FILE");
    command->add_option("--svg", simulation_.svg, "Picture to write")->type_name("FILE");
    command->add_option("--against", simulation_.against, "Another policy to compare with")->type_name("FILE");
    command->final_callback([samples, server] {
      if (samples->count() + server->count() == 0) {
        throw CLI::RequiredError("--samples or --prometheus");
      }
    });
  }

  void addOwn() {
    CLI::App* completion = cli_.add_subcommand("completion", "Prints the completion for a shell");
    completion->add_option("SHELL", shell_, "bash or zsh")->required()->type_name("")->check(CLI::IsMember(kShells));
    completion->footer("Example: source <(kubectl-tide completion bash)");
    completion->callback([this] { early_ = [this] { return completionScript(shell_, completed()); }; });
    CLI::App* version = cli_.add_subcommand("version", "Prints the version");
    version->footer("Example: kubectl-tide version");
    version->callback([this] { early_ = [] { return versionText() + "\n"; }; });
  }

  std::vector<CompletedCommand> completed() const {
    std::vector<CompletedCommand> all;
    for (const CLI::App* command : cli_.get_subcommands({})) {
      CompletedCommand one{.name = command->get_name(), .description = command->get_description()};
      for (const CLI::Option* option : command->get_options()) {
        for (const std::string& name : option->get_snames()) one.words.push_back("-" + name);
        for (const std::string& name : option->get_lnames()) one.words.push_back("--" + name);
      }
      if (command->get_option_no_throw("SHELL") != nullptr) {
        one.words.insert(one.words.end(), kShells.begin(), kShells.end());
      }
      one.takesApp = command->get_option_no_throw(kAppName) != nullptr;
      all.push_back(std::move(one));
    }
    return all;
  }

  EarlyExit refusal(const CLI::ParseError& wrong) const {
    const auto chosen = cli_.get_subcommands();
    const std::string command = chosen.empty() ? "" : " " + chosen.front()->get_name();
    std::string text = wrong.what();
    if (const std::vector<std::string> unknown = cli_.remaining(true); !unknown.empty()) {
      text = fmt::format("\"{}\" is no command or flag{}", unknown.front(), command.empty() ? "" : " of" + command);
    } else if (chosen.empty() && dynamic_cast<const CLI::RequiredError*>(&wrong) != nullptr) {
      text = "a command is missing";
    }
    return {kUsage, fmt::format("kubectl-tide: {}; see kubectl-tide{} --help\n", text, command)};
  }

  CLI::App cli_;
  Where where_;
  std::string name_, shard_, toRevision_, shell_;
  bool watch_ = false, full_ = false;
  std::optional<std::chrono::seconds> timeout_;
  SimulateOptions simulation_;
  std::function<Command()> chosen_;
  std::function<std::string()> early_;
};

}  // namespace

std::variant<Invocation, SimulateOptions, EarlyExit> parseCommandLine(std::span<const std::string> arguments) {
  return CommandLine().parse(arguments);
}

}  // namespace tidewright::cli
